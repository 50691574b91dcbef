import { fc, it as property } from "@fast-check/vitest";
import { isWeftError } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { MAX_DOCUMENT_LENGTH, parseJson } from "../../../src/index.ts";

const source = { file: "a.json" };

function refusal(text: string): string {
  try {
    parseJson(text, source);
  } catch (error) {
    if (isWeftError(error, "CONFIG_SYNTAX")) return error.message;
    throw error;
  }
  return "accepted";
}

describe("parseJson", () => {
  it("gives the place of keys and elements, and of the nearest container for what is missing", () => {
    const document = parseJson('{\n  "a": {\r\n    "b": [1,\n     {"c": 2}]\n  }\n}', source);
    expect(document.position(["a"])).toEqual({ line: 2, column: 3 });
    expect(document.position(["a", "b"])).toEqual({ line: 3, column: 5 });
    expect(document.position(["a", "b", 1])).toEqual({ line: 4, column: 6 });
    expect(document.position(["a", "b", 1, "c"])).toEqual({ line: 4, column: 7 });
    expect(document.position(["a", "missing", "x"])).toEqual({ line: 2, column: 3 });
    expect(document.position([])).toEqual({ line: 1, column: 1 });
  });

  it.each([
    ["", "a.json:1:1: expected a value, got the end of the text"],
    ["[1,]", 'a.json:1:4: expected a value, got "]"'],
    ['{"a":1,}', 'a.json:1:8: expected a key in double quotes, got "}"'],
    ['{"a":1,\n "a":2}', "a.json:2:2: expected each key once, got a again"],
    ['{"__proto__":{}}', "a.json:1:2: expected another key than __proto__"],
    ['{"__proto\\u005f_":{}}', "a.json:1:2: expected another key than __proto__"],
    ['{"a" 1}', 'a.json:1:6: expected ":" after a key, got "1"'],
    ["[1 2]", 'a.json:1:4: expected "," or "]", got "2"'],
    ["01", 'a.json:1:2: expected the end of the text, got "1"'],
    ["+1", 'a.json:1:1: expected a value, got "+"'],
    ["nul", 'a.json:1:1: expected a value, got "n"'],
    ["1 // no", 'a.json:1:3: expected the end of the text, got "/"'],
    ['"a\nb"', "a.json:1:3: expected an escape such as \\n, got a control character in a string"],
    ['"\\x"', "a.json:1:2: expected an escape of JSON such as \\n or \\u00e9"],
    ['"\\u12"', "a.json:1:2: expected an escape of JSON such as \\n or \\u00e9"],
    ['\n"abc', "a.json:2:1: expected the end of a string, got the end of the text"],
    ["1e999", "a.json:1:1: expected a number within the range of a double, got one beyond"],
    ["9007199254740993", "a.json:1:1: expected an integer within ±(2^53 − 1), got one beyond (write it as a string)"],
    ['["\ud800"]', "a.json:1:3: expected well-formed Unicode, got half of a surrogate pair"],
  ])("refuses %j", (text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  it("accepts 64 levels and refuses 65", () => {
    expect(refusal("[".repeat(64) + "]".repeat(64))).toBe("accepted");
    expect(refusal("[".repeat(65) + "]".repeat(65))).toBe("a.json:1:65: expected at most 64 levels, got one more");
  });

  it("accepts a text of the longest size and refuses a longer one", () => {
    const longest = `"${"x".repeat(MAX_DOCUMENT_LENGTH - 2)}"`;
    expect(refusal(longest)).toBe("accepted");
    expect(refusal(`${longest} `)).toMatch(/expected a text of at most 1048576 characters, got 1048577/);
    expect(() => parseJson("[1]", { file: "f", maxLength: 2 })).toThrow(/at most 2 characters/);
  });

  it("skips a byte order mark, and refuses what is not a string", () => {
    expect(parseJson("\ufeff[1]", source).value).toEqual([1]);
    expect(() => Reflect.apply(parseJson, undefined, [null, source])).toThrow(/expected a text, got null/);
  });

  it("keeps keys that name members of Object as data", () => {
    const { value } = parseJson('{"constructor": 1, "toString": 2}', source);
    expect(Object.entries(Object(value))).toEqual([
      ["constructor", 1],
      ["toString", 2],
    ]);
  });
});

property.prop([fc.jsonValue({ noUnicodeString: false }), fc.constantFrom(undefined, 1, "\t", "\r\n")])(
  "what JSON.stringify writes is read as JSON.parse reads it",
  (value, space) => {
    const text = JSON.stringify(value, undefined, space);
    fc.pre(!text.includes('"__proto__"') && !/\d{16}/.test(text));
    expect(parseJson(text, source).value).toEqual(JSON.parse(text));
  },
);

const fragment = fc.constantFrom(
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  '"a"',
  "\\",
  "\\u00",
  "1",
  "-",
  "e5",
  ".",
  "true",
  "null",
  "\n",
  " ",
  "é",
  "\u0000",
);

property.prop([
  fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fragment).map((parts) => parts.join("")),
  ),
])("any text is read as JSON.parse reads it, or refused with a place in it", (text) => {
  let expected: unknown;
  let valid = true;
  try {
    expected = JSON.parse(text);
  } catch {
    valid = false;
  }
  try {
    expect(parseJson(text, source).value).toEqual(expected);
    expect(valid).toBe(true);
  } catch (error) {
    if (!isWeftError(error, "CONFIG_SYNTAX")) throw error;
    const { line } = error.details as { line: number };
    expect(line).toBeLessThanOrEqual(text.split("\n").length);
    if (valid) expect(error.message).toMatch(/each key once|__proto__|2\^53|double|surrogate/);
  }
});

property.prop([
  fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 }),
  fc.array(fc.constantFrom("\n", "\r\n", " ")),
])("every key stands where its place says", (names, gaps) => {
  const keys = [...new Set(names)];
  const text = `{${keys.map((key, n) => `${gaps[n] ?? ""}"${key}":${n}`).join(",")}}`;
  const document = parseJson(text, source);
  const lines = text.split("\n");
  for (const key of keys) {
    const { line, column } = document.position([key]);
    expect(lines[line - 1]?.slice(column - 1)).toMatch(new RegExp(`^"${key}"`));
  }
});
