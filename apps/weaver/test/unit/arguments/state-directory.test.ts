import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { stateDirectoryOf, workingFolderOf } from "../../../src/arguments/state-directory.ts";

describe("the folder a command is about", () => {
  it("is where a script of the clone was typed", () => {
    const env = { INIT_CWD: "/home/me/project", npm_lifecycle_event: "weaver" };
    expect(workingFolderOf(env, "/clone", true)).toBe(resolve("/home/me/project"));
  });

  it("is the current folder for an installed weaver, and in scripts of other names", () => {
    expect(workingFolderOf({ INIT_CWD: "/else", npm_lifecycle_event: "weaver" }, "/here", false)).toBe("/here");
    expect(workingFolderOf({ INIT_CWD: "/else", npm_lifecycle_event: "test" }, "/here", true)).toBe("/here");
    expect(workingFolderOf({}, "/here", true)).toBe("/here");
  });

  it("is .weftos unless --dir names another, taken from where it was typed", () => {
    expect(stateDirectoryOf("/here", undefined)).toBe(resolve("/here/.weftos"));
    expect(stateDirectoryOf("/here", "state")).toBe(resolve("/here/state"));
    expect(stateDirectoryOf("/here", "/abs/state")).toBe(resolve("/abs/state"));
  });
});
