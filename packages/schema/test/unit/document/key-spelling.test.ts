import { fc, it as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { nearestKey, spellings, toCamelCase, toSnakeCase } from "../../../src/document/key-spelling.ts";

describe("spellings", () => {
  it("prefers a key as the schema has it over one that only sounds like it", () => {
    const index = spellings(["maxSize", "max_size"]);
    expect(index.get("maxSize")).toBe("maxSize");
    expect(index.get("max_size")).toBe("max_size");
  });

  it("does not know what Object knows", () => {
    expect(spellings(["a"]).get("constructor")).toBeUndefined();
  });
});

describe("nearestKey", () => {
  it.each([
    ["max_proceses", "max_processes"],
    ["maxprocesses", "max_processes"],
    ["log_levle", "log_level"],
    ["b", undefined],
    ["entirely_different", undefined],
    ["max_processes".repeat(4), undefined],
  ])("for %j finds %j", (key, expected) => {
    expect(nearestKey(key, ["max_processes", "log_level"])).toBe(expected);
  });
});

property.prop([fc.array(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), { minLength: 1, maxLength: 4 })])(
  "a snake_case key survives the way to camelCase and back, when no word begins with a digit",
  (words) => {
    const key = words.join("_");
    expect(toSnakeCase(toCamelCase(key))).toBe(key);
  },
);
