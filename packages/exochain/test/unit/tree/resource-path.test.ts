import { describe, expect, test } from "vitest";
import { checkPath, isWithin, nameOf, parentOf } from "../../../src/tree/resource-path.ts";

describe("the path of a resource", () => {
  test.each(["/", "/a", "/kernel/agents/1001", "/kernel/tools/fs/read_file", "/apps/web@2.0+b1", "/_x/a:b-c"])(
    "may be %s",
    (path) => {
      expect(checkPath(path)).toBe(path);
    },
  );

  test.each([
    ["nothing", ""],
    ["a relative one", "kernel/agents"],
    ["an empty segment", "/kernel//agents"],
    ["a slash at the end", "/kernel/"],
    ["a way up", "/kernel/../apps"],
    ["a dot", "/kernel/."],
    ["a hidden name", "/.ssh"],
    ["a blank", "/a b"],
    ["a null character", "/a\u0000"],
    ["a letter that looks like another", "/kеrnel"],
    ["a percent escape", "/a%2fb"],
    ["a backslash", "/a\\b"],
    ["a line break at the end", "/a\n"],
    ["a long segment", `/${"a".repeat(129)}`],
    ["more than 1024 characters", `/${"a".repeat(100)}`.repeat(11)],
    ["more than 32 segments", "/a".repeat(33)],
  ])("is never %s", (_what, path) => {
    expect(() => checkPath(path)).toThrow(expect.objectContaining({ code: "TREE_PATH_INVALID" }));
  });

  test("has a parent and a name", () => {
    expect([parentOf("/a/b"), parentOf("/a"), parentOf("/")]).toEqual(["/a", "/", "/"]);
    expect([nameOf("/a/b"), nameOf("/a"), nameOf("/")]).toEqual(["b", "a", ""]);
  });

  test("holds what is below it, not what begins like it", () => {
    expect(isWithin("/a/b", "/a")).toBe(true);
    expect(isWithin("/a", "/a")).toBe(true);
    expect(isWithin("/ab", "/a")).toBe(false);
    expect(isWithin("/a", "/")).toBe(true);
  });
});
