import { describe, expect, it } from "vitest";
import { nameOfFile, nameOfPackage } from "../../../src/agent/source-name.ts";

describe("an agent that nobody named", () => {
  it.each([
    ["file:///a/clerk.ts", "clerk"],
    ["file:///a/night%20clerk.mjs", "night clerk"],
    ["file:///a/clerk.agent.toml", "clerk"],
    ["file:///a/clerk.v2.js?x=1", "clerk.v2"],
    ["file:///a/clerk/index.js", "clerk"],
    ["file:///a/clerk/main.cts", "clerk"],
    ["file:///a/clerk/dist/esm/index.js", "clerk"],
    ["file:///a/clerk/index.agent.toml", "clerk"],
    ["file:///dist/index.js", "dist"],
    ["file:///index.js", "index"],
    ["file:///", "agent"],
    ["data:text/javascript,export%20default%201", "agent"],
  ])("of the file %s is called %s", (url, name) => {
    expect(nameOfFile(new URL(url))).toBe(name);
  });

  it.each([
    ["clerk", "clerk"],
    ["@acme/clerk", "acme.clerk"],
    ["@acme/clerk/night", "acme.clerk.night"],
    ["highlight.js", "highlight.js"],
  ])("of the package %s is called %s", (given, name) => {
    expect(nameOfPackage(given)).toBe(name);
  });

  it.each(["./clerk.js", "../clerk", "/a/clerk", "C:\\a\\clerk.js", "C:/clerk.js", "file:///a.js", "#inner", ""])(
    "has no package's name when %j is none",
    (given) => {
      expect(nameOfPackage(given)).toBeUndefined();
    },
  );
});
