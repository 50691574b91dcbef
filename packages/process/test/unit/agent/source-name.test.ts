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
    ["file:///a/node_modules/clerk/dist/index.js", "clerk"],
    ["file:///a/node_modules/clerk/clerk.js", "clerk"],
    ["file:///a/node_modules/clerk/night.js", "clerk.night"],
    ["file:///a/node_modules/@acme/clerk/dist/index.js", "acme.clerk"],
    ["file:///a/node_modules/@acme/clerk/clerk.agent.toml", "acme.clerk"],
    ["file:///a/node_modules/@acme/clerk/night/index.js", "acme.clerk.night"],
    ["file:///a/node_modules/.pnpm/clerk@1.0.0/node_modules/@acme/clerk/lib/index.js", "acme.clerk"],
    ["file:///a/node_modules/.pnpm/x@1/node_modules/x/node_modules/y/index.js", "y"],
    ["file:///a/node_modules/loose.js", "loose"],
    ["file:///a/node_modules/@acme/loose.js", "loose"],
    ["file:///a/100%25%zz.js", "100%25%zz"],
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
