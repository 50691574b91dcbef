import { fc, it as property } from "@fast-check/vitest";
import { isWeftError } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { compileGlob, compilePathGlob } from "../../../src/index.ts";

describe("compileGlob", () => {
  it.each([
    ["fs.read", "fs.read", true],
    ["fs.read", "fs.Read", false],
    ["fs.*", "fs.read", true],
    ["fs.*", "fs.read.deep", true],
    ["fs.*", "fs", false],
    ["fs.*", "fsx.read", false],
    ["*", "anything.at.all", true],
    ["*.remove", "fs.remove", true],
    ["*.remove", "a.fs.remove", false],
    ["**.remove", "a.fs.remove", true],
    ["**.remove", "remove", true],
    ["a.**.z", "a.z", true],
    ["a.**.z", "a.b.c.z", true],
    ["fs.re*", "fs.read", true],
    ["fs.re*", "fs.re", true],
    ["fs.re*", "fs.read.x", false],
    ["fs.*ad*", "fs.reader", true],
    ["fs.**", "fs", false],
    ["fs.**", "fs.a.b", true],
    ["fs.*", "fs..a", false],
    ["*", "", false],
    ["*", ".a", false],
    ["*", "a\0b", false],
    ["*", "a".repeat(4097), false],
  ])("%j on %j: %j", (pattern, name, expected) => {
    expect(compileGlob(pattern).matches(name)).toBe(expected);
  });

  it.each(["", ".", "a..b", "a.", ".a", "a\0", "x".repeat(257)])("refuses the pattern %j", (pattern) => {
    expect(() => compileGlob(pattern)).toThrow(expect.objectContaining({ code: "CONFIG_GLOB" }));
  });

  it("refuses a pattern, and matches no name, that is not a string", () => {
    expect(() => Reflect.apply(compileGlob, undefined, [7])).toThrow(/expected a string, got number/);
    expect(Reflect.apply(compileGlob("*").matches, undefined, [7])).toBe(false);
  });
});

describe("compilePathGlob", () => {
  it.each([
    ["/docs/**", "/docs/a", true],
    ["/docs/**", "/docs/a/b.md", true],
    ["/docs/**", "/docs", false],
    ["/docs/**", "/docs/../etc/passwd", false],
    ["/docs/**", "/docs/./a", false],
    ["/docs/**", "/docs//a", false],
    ["/docs/**", "docs/a", false],
    ["/docs/*", "/docs/a", true],
    ["/docs/*", "/docs/a/b", false],
    ["/docs/**/*.md", "/docs/x.md", true],
    ["/docs/**/*.md", "/docs/a/b/x.md", true],
    ["/docs/**/*.md", "/docs/x.txt", false],
    ["/**", "/a/b", true],
    ["/**", "/", false],
    ["/", "/", true],
    ["**", "a/b", true],
    ["**", "/a/b", false],
    ["*/b", "/b", false],
    ["docs/*.md", "docs/a.md", true],
  ])("%j on %j: %j", (pattern, path, expected) => {
    expect(compilePathGlob(pattern).matches(path)).toBe(expected);
  });

  it.each(["/docs/", "/a//b", "/a/../b", "./a"])("refuses the pattern %j", (pattern) => {
    expect(() => compilePathGlob(pattern)).toThrow(/CONFIG_GLOB|expected no empty, . or .. segment/);
  });
});

/** The rules again, written as plain recursion without regard to cost. */
function reference(pattern: string[], name: string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return name.length === 0;
  if (head === "**") {
    const least = rest.length === 0 ? 1 : 0;
    for (let taken = least; taken <= name.length; taken++) if (reference(rest, name.slice(taken))) return true;
    return false;
  }
  const [first, ...others] = name;
  return first !== undefined && segment([...head], [...first]) && reference(rest, others);
}

function segment(pattern: string[], text: string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return text.length === 0;
  if (head === "*") return segment(rest, text) || (text.length > 0 && segment(pattern, text.slice(1)));
  return head === text[0] && segment(rest, text.slice(1));
}

const part = fc.stringMatching(/^[ab]{1,4}$/);
const wildPart = fc.oneof(fc.constantFrom("*", "**"), fc.stringMatching(/^[ab*]{1,4}$/));

property.prop([fc.array(wildPart, { minLength: 1, maxLength: 6 }), fc.array(part, { minLength: 1, maxLength: 6 })], {
  numRuns: 2000,
})("names and paths match exactly as the rules say", (pattern, name) => {
  const deep = pattern.map((segment, index) => (segment === "*" && index === pattern.length - 1 ? "**" : segment));
  expect(compileGlob(pattern.join(".")).matches(name.join("."))).toBe(reference(deep, name));
  expect(compilePathGlob(pattern.join("/")).matches(name.join("/"))).toBe(reference(pattern, name));
  expect(compilePathGlob(`/${pattern.join("/")}`).matches(`/${name.join("/")}`)).toBe(reference(pattern, name));
});

property.prop([fc.string({ unit: "binary", maxLength: 300 }), fc.string({ unit: "binary", maxLength: 300 })])(
  "any pattern compiles or is refused with a code, and any name gets an answer",
  (pattern, name) => {
    for (const compile of [compileGlob, compilePathGlob]) {
      try {
        expect(typeof compile(pattern).matches(name)).toBe("boolean");
      } catch (error) {
        expect(isWeftError(error, "CONFIG_GLOB")).toBe(true);
      }
    }
  },
);

it("patterns made to explode a backtracking matcher are answered", () => {
  const pattern = `${"*a".repeat(120)}*b`;
  expect(compileGlob(pattern).matches("a".repeat(4096))).toBe(false);
  expect(compilePathGlob(`${"**/a/".repeat(50)}b`).matches(`${"a/".repeat(2000)}a`)).toBe(false);
});
