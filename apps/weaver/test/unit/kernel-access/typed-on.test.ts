import { describe, expect, it } from "vitest";
import { typedOn } from "../../../src/kernel-access/typed-on.ts";

const host = { version: "0", entry: "/e", typed: "weaver", env: {} };

describe("a hint", () => {
  it("names the directory only where it is not the default", () => {
    const here = { dir: "/w/.weftos", workingFolder: "/w", values: {}, host };
    expect(typedOn(here)("kernel start")).toBe("weaver kernel start");
    const other = { ...here, dir: "/w/state", values: { dir: "state" } };
    expect(typedOn(other)("kernel start")).toBe("weaver kernel start --dir state");
  });

  it("can be typed as it stands, with blanks and quotes in the path", () => {
    const odd = { dir: "/tmp/it's here", workingFolder: "/w", values: { dir: "x" }, host };
    expect(typedOn(odd)("kernel ps")).toBe("weaver kernel ps --dir '/tmp/it'\\''s here'");
  });
});
