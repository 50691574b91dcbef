import { fc, it as property } from "@fast-check/vitest";
import { isWeftError } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { parseToml } from "../../../src/index.ts";

const source = { file: "weave.toml" };

async function refusal(text: string): Promise<string> {
  try {
    await parseToml(text, source);
  } catch (error) {
    if (isWeftError(error, "CONFIG_SYNTAX")) return error.message;
    throw error;
  }
  return "accepted";
}

describe("parseToml", () => {
  it("reads every kind of value; dates stay the strings of the file", async () => {
    const text = [
      'text = "a\\u00e9"',
      "raw = 'c:\\x'",
      'long = """',
      'two\r\nlines"""',
      "int = 1_000",
      "hex = 0xff",
      "float = -1.5e3",
      "inf = inf",
      "yes = true",
      "date = 1979-05-27",
      "time = 07:32:00",
      "moment = 1979-05-27 07:32:00.5Z",
      "list = [1, [2, 3],",
      "  { a.b = 4 } ]",
    ].join("\n");
    expect((await parseToml(text, source)).value).toEqual({
      text: "aé",
      raw: "c:\\x",
      long: "two\r\nlines".replace("\r\n", "\n"),
      int: 1000,
      hex: 255,
      float: -1500,
      inf: Number.POSITIVE_INFINITY,
      yes: true,
      date: "1979-05-27",
      time: "07:32:00",
      moment: "1979-05-27 07:32:00.5Z",
      list: [1, [2, 3], { a: { b: 4 } }],
    });
  });

  it("builds tables, dotted keys and arrays of tables, with their places", async () => {
    const text =
      "top = 1\na.b.c = 2\na.d = 3\n[x.y]\nz = [\n  1,\n  2,\n]\n[[rows]]\nn = 1\n[rows.sub]\nm = 2\n[[rows]]\nn = 3\n[x]\nw = 1";
    const document = await parseToml(text, source);
    expect(document.value).toEqual({
      top: 1,
      a: { b: { c: 2 }, d: 3 },
      x: { y: { z: [1, 2] }, w: 1 },
      rows: [{ n: 1, sub: { m: 2 } }, { n: 3 }],
    });
    expect(document.position(["a", "b", "c"])).toEqual({ line: 2, column: 5 });
    expect(document.position(["a", "d"])).toEqual({ line: 3, column: 3 });
    expect(document.position(["x", "y", "z", 1])).toEqual({ line: 7, column: 3 });
    expect(document.position(["rows", 0, "sub", "m"])).toEqual({ line: 12, column: 1 });
    expect(document.position(["rows", 1, "n"])).toEqual({ line: 14, column: 1 });
    expect(document.position(["rows", 1, "absent"])).toEqual({ line: 13, column: 3 });
  });

  it.each([
    ["a = 1\nb = ", "weave.toml:2:5: unspecified values are invalid"],
    ["a = 1\na = 2", "weave.toml:2:1: defining a key multiple times is invalid"],
    ["[a]\n[a]", "weave.toml:2:2: defining a key multiple times is invalid"],
    ["a = { b = 1 }\n[a.c]", "weave.toml:2:2: defining a key multiple times"],
    ["a = [1]\n[[a]]", "defining a key multiple times"],
    ["a = 1\na.b = 2", "weave.toml:2:"],
    ["[[a]]\n[a]", "weave.toml:2:2: "],
    ["[a]\nb.c = 1\n[a.b]\nd = 2", "weave.toml:"],
    ["[a", "weave.toml:1:"],
    ['a = "x', "weave.toml:1:"],
    ["a = { b = 1,\n c = 2 }", "weave.toml:2:2: no newlines are allowed"],
    ["a = 01", "leading zeros"],
    ["a = 1979-13-01", "invalid date"],
    ["a = 9007199254740993", "weave.toml:1:5: expected an integer within ±(2^53 − 1), got one beyond"],
    ["a = 1\rb = 2", "weave.toml:1:6: expected LF or CRLF at the end of a line, got a lone CR"],
    ["x = 1\n__proto__ = 1", "weave.toml:2:1: expected another key than __proto__"],
    ["[a.__proto__.b]", "weave.toml:1:4: expected another key than __proto__"],
    ['[["__proto__"]]', "weave.toml:1:3: expected another key than __proto__"],
    ['a = { "__proto__" = 1 }', "weave.toml:1:7: expected another key than __proto__"],
    ['"__proto\\u005f_".x = 1', "weave.toml:1:1: expected another key than __proto__"],
    ['a = "\ud800"', "weave.toml:1:6: expected well-formed Unicode"],
  ])("refuses %j", async (text, expected) => {
    expect(await refusal(text)).toContain(expected);
  });

  it("does not touch the prototype of objects", async () => {
    await refusal("[__proto__]\npolluted = 1");
    const { value } = await parseToml("[constructor]\nprototype.polluted = 1\n[toString]\na = 1", source);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value).toEqual({ constructor: { prototype: { polluted: 1 } }, toString: { a: 1 } });
  });

  it("refuses deep nesting, however deep, and long texts", async () => {
    expect(await refusal(`a = ${"[".repeat(63)}${"]".repeat(63)}`)).toBe("accepted");
    expect(await refusal(`a = ${"[".repeat(64)}${"]".repeat(64)}`)).toContain("at most 64 levels");
    expect(await refusal(`a = ${"[".repeat(400_000)}${"]".repeat(400_000)}`)).toContain("weave.toml:");
    expect(await refusal(`${"a.".repeat(65)}a = 1`)).toContain("at most 64 levels");
    expect(await refusal(`[${"a.".repeat(65)}a]`)).toContain("at most 64 levels");
    expect(await refusal(`[[${"a.".repeat(65)}a]]`)).toContain("at most 64 levels");
    expect(await refusal(`a = "${"x".repeat(1_000_000)}"`)).toContain("weave.toml:");
    expect(await refusal("#".repeat(1_048_577))).toContain("at most 1048576 characters");
  });
});

const fragment = fc.constantFrom(
  ..."[ ] [[ ]] { } = . , a b \" ' # 1 -1 1.5 true inf \\ \\u00e9 __proto__ 1979-05-27 07:32:00Z".split(" "),
  '"""',
  "'''",
  "\n",
  "\r\n",
  "\r",
  " ",
  "\u0000",
  "[a]\n",
  "[[b]]\n",
  "a.b = 1\n",
  "b = {a = 1}\n",
);

property.prop([
  fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join("")),
  ),
])("any text is read or refused with a place in it", async (text) => {
  try {
    const document = await parseToml(text, source);
    expect(Object.getPrototypeOf(document.value)).toBe(Object.prototype);
  } catch (error) {
    if (!isWeftError(error, "CONFIG_SYNTAX")) throw error;
    const { line, column } = error.details as { line: number; column: number };
    expect(line).toBeLessThanOrEqual(text.split("\n").length);
    expect(column).toBeGreaterThanOrEqual(1);
  }
});

property.prop([
  fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 8 }),
  fc.array(fc.nat({ max: 3 })),
  fc.constantFrom("\n", "\r\n"),
])("every key stands where its place says", async (keys, blanks, eol) => {
  const text = keys.map((key, n) => `${eol.repeat(blanks[n] ?? 0)}[${key}]${eol}  ${key} = ${n}${eol}`).join("");
  const document = await parseToml(text, source);
  const lines = text.split("\n");
  for (const key of keys) {
    const table = document.position([key]);
    const inner = document.position([key, key]);
    expect(lines[table.line - 1]?.slice(table.column - 2)).toMatch(new RegExp(`^\\[${key}\\]`));
    expect(lines[inner.line - 1]?.slice(inner.column - 1)).toMatch(new RegExp(`^${key} = `));
  }
});
