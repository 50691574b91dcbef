import { fc, it as property } from "@fast-check/vitest";
import { isWeftError, type Schema, WeftError } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { type Problem, parse, safeParse, z } from "../../../src/index.ts";

class SpecError extends WeftError<{ issues: Problem["issues"] }> {
  override readonly code = "TOOL_INPUT";

  constructor(problem: Problem) {
    super(problem.message, { details: { issues: problem.issues }, cause: problem.cause });
  }
}

const asError = (problem: Problem): WeftError => new SpecError(problem);

function messages(schema: Schema<unknown, unknown>, value: unknown): string[] {
  const result = safeParse(schema, value, "it");
  return result.ok ? [] : result.problem.issues.map((issue) => `${issue.path.join(".")}|${issue.message}`);
}

function foreign(
  issues: readonly { message: string; path?: PropertyKey[]; expected?: string }[],
): Schema<unknown, unknown> {
  return { "~standard": { version: 1, vendor: "elsewhere", validate: () => ({ issues }) } };
}

describe("parse", () => {
  it("gives what the schema makes of the value, and does not write to the value", () => {
    const schema = z.object({ name: z.string(), size: z._default(z.int(), 3) });
    const value = Object.freeze({ name: "a" });
    expect(parse(schema, value, { what: "it", error: asError })).toEqual({ name: "a", size: 3 });
  });

  it("throws the caller's error with message, paths and kinds", () => {
    const schema = z.object({ limits: z.array(z.object({ maxBytes: z.int().check(z.minimum(1)) })) });
    try {
      parse(schema, { limits: [{ maxBytes: "many" }] }, { what: "the input of fs.read", error: asError });
      expect.unreachable();
    } catch (error) {
      expect(isWeftError(error, "TOOL_INPUT")).toBe(true);
      expect(error).toMatchObject({
        message: "the input of fs.read: limits[0].maxBytes: expected integer ≥ 1, got string",
        details: {
          issues: [{ path: ["limits", 0, "maxBytes"], expected: "integer ≥ 1", received: "string" }],
        },
      });
    }
  });

  it.each([
    [z.int().check(z.minimum(1)), -4, "|expected integer ≥ 1, got a smaller number"],
    [z.int().check(z.maximum(9)), 10, "|expected integer ≤ 9, got a larger number"],
    [z.int(), 1.5, "|expected integer, got a fraction"],
    [z.number().check(z.gt(3), z.lt(9)), "5", "|expected number > 3 and < 9, got string"],
    [z.number().check(z.multipleOf(2)), 3, "|expected number a multiple of 2, got number"],
    [
      z.string().check(z.minLength(2), z.maxLength(5)),
      "a",
      "|expected string of 2 to 5 characters, got string of 1 character",
    ],
    [z.string().check(z.length(3)), "", "|expected string of 3 characters, got string of 0 characters"],
    [z.string().check(z.startsWith("/")), "a", '|expected string starting with "/", got string of 1 character'],
    [z.string().check(z.regex(/^a/)), "b", "|expected string matching /^a/, got string of 1 character"],
    [z.url(), "nowhere", "|expected string (url), got string of 7 characters"],
    [z.enum(["x", "y"]), 1, '|expected one of "x", "y", got number'],
    [z.literal("x"), "z", '|expected "x", got string of 1 character'],
    [z.nullable(z.boolean()), 1, "|expected boolean or null, got number"],
    [z.union([z.string(), z.number()]), true, "|expected string or number, got boolean"],
    [
      z.array(z.string()).check(z.maxLength(1)),
      ["a", "b"],
      "|expected array of at most 1 element, got array of 2 elements",
    ],
    [z.object({}), null, "|expected object, got null"],
    [z.string(), new Date(0), "|expected string, got Date"],
    [z.record(z.string(), z.number()), [], "|expected object, got array"],
    [z.strictObject({ a: z.optional(z.string()) }), { b: 1 }, "b|unknown key"],
    [z.string().check(z.refine(() => false, "must be good")), "x", "|must be good"],
    [z.instanceof(Uint8Array), "x", "|expected Uint8Array, got string"],
    [z.lazy(() => z.array(z.number())), ["n"], "0|expected number, got string"],
    [
      z.pipe(
        z.string(),
        z.transform((text) => text.length),
      ),
      4,
      "|expected string, got number",
    ],
    [z.tuple([z.string(), z.number()]), ["a", "b"], "1|expected number, got string"],
  ])("says what was expected and what came (%#)", (schema, value, expected) => {
    expect(messages(schema, value)).toEqual([expected]);
  });

  it("builds a lazy schema once, however often what it is given is wrong", () => {
    let built = 0;
    const schema = z.lazy(() => {
      built += 1;
      return z.object({ a: z.string() });
    });
    for (let time = 0; time < 3; time += 1)
      expect(messages(schema, { a: 1 })).toEqual(["a|expected string, got number"]);
    expect(built).toBe(1);
  });

  it("reports the branch of a union that the value meant", () => {
    const schema = z.union([z.object({ kind: z.literal("m"), size: z.number() }), z.string()]);
    expect(messages(schema, { kind: "m", size: "big" })).toEqual(["size|expected number, got string"]);
    const tagged = z.discriminatedUnion("t", [
      z.object({ t: z.literal("one"), v: z.number() }),
      z.object({ t: z.literal("two") }),
    ]);
    expect(messages(tagged, { t: "one", v: "n" })).toEqual(["v|expected number, got string"]);
    expect(messages(tagged, { t: "three" })).toEqual(['t|expected one of "one", "two", got string']);
  });

  it("tells five issues of many and keeps at most 32", () => {
    const schema = z.record(z.string(), z.number());
    const result = safeParse(schema, Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`k${n}`, "x"])), "it");
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.problem.issues).toHaveLength(32);
    expect(result.problem.message).toMatch(/k4: expected number, got string; and 95 more$/);
  });

  it("shortens and quotes keys that come from outside", () => {
    const result = safeParse(z.record(z.string(), z.number()), { [`a b${"c".repeat(500)}`]: "x" }, "it");
    expect(result.ok ? "" : result.problem.message).toBe(`it: "a b${"c".repeat(61)}…": expected number, got string`);
  });
});

describe("schemas that misbehave", () => {
  it("refuses a schema that checks asynchronously, and leaves no rejection behind", () => {
    const later: Schema<unknown, unknown> = {
      "~standard": { version: 1, vendor: "x", validate: () => Promise.reject(new Error("late")) },
    };
    expect(() => parse(later, 1, { what: "it", error: asError })).toThrow(
      /it: expected a schema that checks synchronously/,
    );
  });

  it("refuses when a check throws, and keeps the cause", () => {
    const cause = new Error("broken");
    const broken: Schema<unknown, unknown> = {
      "~standard": {
        version: 1,
        vendor: "x",
        validate: () => {
          throw cause;
        },
      },
    };
    expect(safeParse(broken, 1, "it")).toMatchObject({ ok: false, problem: { cause } });
    const zodThrows = z.string().check(
      z.refine(() => {
        throw cause;
      }),
    );
    expect(() => parse(zodThrows, "a", { what: "it", error: asError })).toThrow(WeftError);
  });

  it("uses the expectation or the message of another library, and drops a message that quotes the value", () => {
    expect(messages(foreign([{ message: 'got "hunter2"', expected: "a token" }]), "hunter2")).toEqual([
      "|expected a token, got string",
    ]);
    expect(messages(foreign([{ message: "must be even" }]), "hunter2")).toEqual(["|must be even"]);
    expect(messages(foreign([{ message: 'Invalid: received "hunter2"' }]), "hunter2")).toEqual([
      "|expected a valid value, got string",
    ]);
    expect(messages(foreign([{ message: "was {…}", path: ["a"] }]), { a: { secret: 1 } })).toEqual([
      "a|expected a valid value, got object",
    ]);
  });
});

const anySchema = fc.constantFrom<Schema<unknown, unknown>>(
  z.object({ a: z.string(), b: z.optional(z.array(z.int())) }),
  z.strictObject({ a: z.number() }),
  z.union([z.string().check(z.maxLength(3)), z.object({ k: z.literal("x") })]),
  z.record(z.string(), z.enum(["one", "two"])),
  z.array(z.tuple([z.int(), z.boolean()])),
);

property.prop([anySchema, fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })])(
  "any value is accepted or gives a problem of bounded size",
  (schema, value) => {
    const result = safeParse(schema, value, "it");
    if (!result.ok) expect(result.problem.message.length).toBeLessThan(12_000);
    expect(typeof result.ok).toBe("boolean");
  },
);

property.prop([anySchema, fc.stringMatching(/^secret-[a-z0-9]{12}$/)])(
  "a refusal never repeats the value",
  (schema, secret) => {
    for (const value of [secret, { a: { v: secret } }, { k: secret }, [[secret, secret]]]) {
      const result = safeParse(schema, value, "it");
      if (!result.ok) expect(JSON.stringify(result.problem)).not.toContain(secret);
    }
  },
);
