import { isWeftError, type Schema } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { ConfigInvalidError, parseJson, parseToml, validateDocument, z } from "../../../src/index.ts";

const config = z.object({
  kernel: z.object({
    maxProcesses: z.int().check(z.minimum(1)),
    logLevel: z._default(z.enum(["info", "debug"]), "info"),
    environment: z.optional(z.record(z.string(), z.string())),
  }),
  services: z.optional(z.array(z.object({ serviceName: z.string() }))),
});

async function refusal(schema: Schema<unknown, unknown>, toml: string): Promise<ConfigInvalidError> {
  try {
    validateDocument(schema, await parseToml(toml, { file: "weave.toml" }));
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error;
    throw error;
  }
  return expect.unreachable("the document was accepted");
}

describe("validateDocument", () => {
  it("accepts snake_case and camelCase, and leaves the keys of records alone", async () => {
    const toml =
      "[kernel]\nmax_processes = 2\nlogLevel = 'debug'\n[kernel.environment]\nmax_processes = 'x'\nlogLevel = 'y'\n[[services]]\nservice_name = 'a'";
    expect(validateDocument(config, await parseToml(toml, { file: "weave.toml" }))).toEqual({
      kernel: { maxProcesses: 2, logLevel: "debug", environment: { max_processes: "x", logLevel: "y" } },
      services: [{ serviceName: "a" }],
    });
    const snake = z.object({ max_size: z.int() });
    expect(validateDocument(snake, parseJson('{"maxSize": 1}', { file: "a.json" }))).toEqual({ max_size: 1 });
  });

  it.each([
    ["[kernel]\n\nmax_processes = 'x'", "weave.toml:3: kernel.max_processes: expected integer ≥ 1, got string"],
    ["[kernel]\nmaxProcesses = 0", "weave.toml:2: kernel.maxProcesses: expected integer ≥ 1, got a smaller number"],
    ["[kernel]\nlog_level = 'info'", "weave.toml:1: kernel.max_processes: expected integer ≥ 1, got nothing"],
    ["", "weave.toml:1: kernel: expected object, got nothing"],
    ["kernel = 3", "weave.toml:1: kernel: expected object, got number"],
    [
      "[kernel]\nmax_processes = 1\nmax_proceses = 2",
      "weave.toml:3: kernel.max_proceses: unknown key, did you mean max_processes?",
    ],
    ["[kernel]\nmax_processes = 1\n[kernl]", "weave.toml:3: kernl: unknown key, did you mean kernel?"],
    ["zzz = 1\n[kernel]\nmax_processes = 1", "weave.toml:1: zzz: unknown key"],
    [
      "[kernel]\nmax_processes = 1\nmaxProcesses = 2",
      "weave.toml:3: kernel.maxProcesses: expected one spelling of maxProcesses, got max_processes and maxProcesses",
    ],
    [
      "[kernel]\nmax_processes = 1\n[[services]]\nservice_name = 'a'\n[[services]]\nservice_name = 2",
      "weave.toml:6: services[1].service_name: expected string, got number",
    ],
  ])("refuses %j with file, line and key", async (toml, message) => {
    expect((await refusal(config, toml)).message).toBe(message);
  });

  it("lists all issues by line, with the first one's place in the details", async () => {
    const error = await refusal(config, "services = 1\nextra = 2\n[kernel]\nmax_processes = 'x'\nlog_level = 'loud'");
    expect(isWeftError(error, "CONFIG_INVALID")).toBe(true);
    expect(error.details).toMatchObject({ file: "weave.toml", line: 1, column: 1, key: "services" });
    expect(error.details.issues.map((issue) => `${issue.line}:${issue.column} ${issue.key}`)).toEqual([
      "1:1 services",
      "2:1 extra",
      "4:1 kernel.max_processes",
      "5:1 kernel.log_level",
    ]);
  });

  it("tells five issues of many and keeps 32", async () => {
    const error = await refusal(config, Array.from({ length: 100 }, (_, n) => `zzz${n} = 1\n`).join(""));
    expect(error.details.issues).toHaveLength(32);
    expect(error.message).toMatch(/weave.toml:4: zzz4?.*; and 96 more$/);
  });

  it("never repeats a value", async () => {
    const error = await refusal(config, "[kernel]\nmax_processes = 'hunter2-secret'\nlog_level = 'hunter2-secret'");
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });

  it("takes free keys where the schema does: looseObject and catchall, whose known keys are still matched", async () => {
    const loose = z.looseObject({ maxSize: z.int() });
    const toml = "max_size = 1\nsome_thing = 2";
    expect(validateDocument(loose, await parseToml(toml, { file: "f" }))).toEqual({ maxSize: 1, some_thing: 2 });
    const rest = z.catchall(z.object({ a: z.int() }), z.object({ innerKey: z.int() }));
    expect(validateDocument(rest, await parseToml("a = 1\n[b_c]\ninner_key = 2", { file: "f" }))).toEqual({
      a: 1,
      b_c: { innerKey: 2 },
    });
  });

  it("matches keys below unions, tuples, intersections and wrappers", async () => {
    const schema = z.object({
      target: z.discriminatedUnion("targetKind", [
        z.object({ targetKind: z.literal("file"), filePath: z.string() }),
        z.object({ targetKind: z.literal("web"), webAddress: z.string() }),
      ]),
      pair: z.tuple([z.object({ leftSide: z.int() }), z.int()]),
      both: z.intersection(z.object({ oneKey: z.int() }), z.object({ otherKey: z.int() })),
      either: z.union([z.string(), z.object({ longName: z.string() })]),
      maybe: z.optional(z.nullable(z.readonly(z.lazy(() => z.object({ deepKey: z.int() }))))),
    });
    const toml = [
      "target = { target_kind = 'web', web_address = 'a' }",
      "pair = [{ left_side = 1 }, 2]",
      "both = { one_key = 1, other_key = 2 }",
      "either = { long_name = 'x' }",
      "maybe = { deep_key = 1 }",
    ];
    expect(validateDocument(schema, await parseToml(toml.join("\n"), { file: "f" }))).toEqual({
      target: { targetKind: "web", webAddress: "a" },
      pair: [{ leftSide: 1 }, 2],
      both: { oneKey: 1, otherKey: 2 },
      either: { longName: "x" },
      maybe: { deepKey: 1 },
    });
    toml[0] = "target = { target_kind = 'web', file_path = 'a' }";
    const error = await refusal(schema, toml.join("\n"));
    expect(error.details.issues.map((issue) => `${issue.key}|${issue.message}`)).toEqual([
      "target.web_address|expected string, got nothing",
      "target.file_path|unknown key",
    ]);
  });

  it("takes the keys of a file as they are for a schema of another library, and still gives the line", async () => {
    const foreign: Schema<unknown, unknown> = {
      "~standard": {
        version: 1,
        vendor: "elsewhere",
        validate: () => ({ issues: [{ message: "must be even", path: [{ key: "a" }, "b_c"] }] }),
      },
    };
    expect((await refusal(foreign, "[a]\nb_c = 3")).message).toBe("weave.toml:2: a.b_c: must be even");
  });
});
