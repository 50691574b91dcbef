import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWithin, joinPath, splitPath } from "../../../src/path/path-text.ts";

describe("a path as text", () => {
  it.each([
    ["/", "/", []],
    ["/a//b/./c/", "/", ["a", "b", "c"]],
    ["/a/../b", "/", ["a", "..", "b"]],
    ["/a\\b", "/", ["a\\b"]],
    ["c:\\Users\\x", "C:\\", ["Users", "x"]],
    ["C:/Users//x", "C:\\", ["Users", "x"]],
    ["\\\\server\\share\\x/y", "\\\\server\\share\\", ["x", "y"]],
  ])("%s has the root %s and the names %j", (path, root, names) => {
    expect(splitPath(path)).toEqual({ root, names });
  });

  it.each(["a", "./a", "C:a", "", "\\\\.\\pipe\\x", "\\\\?\\C:\\x", "\\a", "file:///a"])(
    "%s is not absolute",
    (path) => {
      expect(splitPath(path)).toBeUndefined();
    },
  );

  it("lies within a folder by whole names", () => {
    expect(isWithin("/a", "/a")).toBe(true);
    expect(isWithin("/a", "/a/b")).toBe(true);
    expect(isWithin("/", "/a/b")).toBe(true);
    expect(isWithin("/a", "/ab")).toBe(false);
    expect(isWithin("/a/b", "/a")).toBe(false);
    expect(isWithin("C:\\a", "D:\\a\\b")).toBe(false);
    expect(isWithin("a", "/a")).toBe(false);
  });

  it("comes together as it was taken apart", () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !/[/\\\0]/.test(text) && text !== ".");
    fc.assert(
      fc.property(fc.array(name), fc.constantFrom("/", "C:\\", "\\\\s\\h\\"), (names, root) => {
        expect(splitPath(joinPath(root, names))).toEqual({ root, names });
      }),
    );
  });
});
