import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { compileTextGlob } from "../../../src/policy/text-glob.ts";

describe("text globs", () => {
  it.each<[string, string, boolean]>([
    ["assistant", "assistant", true],
    ["assistant", "assistants", false],
    ["assist*", "assistant", true],
    ["*", "a b..c", true],
    ["*", "", true],
    ["*", "a/b", false],
    ["**", "a/b", true],
    ["/docs/*.md", "/docs/a.md", true],
    ["/docs/*.md", "/docs/a/b.md", false],
    ["/docs/**", "/docs/a/../b", true],
    ["/docs/**.md", "/docs/a/b.md", true],
    ["https://*.example.com/**", "https://api.example.com/x/y", true],
    ["https://*.example.com/**", "https://evil.org/.example.com/x", false],
    ["process:*", "process:12", true],
    ["a*b*c", "aXbYbc", true],
    ["a*b*c", "aXbYb", false],
    ["***", "a/b", true],
  ])("%s on %s is %s", (pattern, text, expected) => {
    expect(compileTextGlob(pattern)(text)).toBe(expected);
  });

  test.prop([fc.string({ maxLength: 40 }), fc.nat(40), fc.nat(40)])(
    "a text with a part replaced by ** still matches",
    (text, a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const clean = text.replaceAll("*", "x");
      expect(compileTextGlob(`${clean.slice(0, from)}**${clean.slice(to)}`)(clean)).toBe(true);
    },
  );

  test.prop([
    fc.string({ unit: fc.constantFrom("a", "b", "/", "*"), maxLength: 12 }),
    fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 12 }),
  ])("agree with a regular expression", (pattern, text) => {
    const source = pattern.replaceAll(/\*\*+|\*|[^*]/g, (part) =>
      part === "*" ? "[^/]*" : part.startsWith("*") ? "[\\s\\S]*" : part,
    );
    expect(compileTextGlob(pattern)(text)).toBe(new RegExp(`^${source}$`).test(text));
  });
});
