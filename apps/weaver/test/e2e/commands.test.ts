import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commands } from "../../src/commands/command-table.ts";
import { type Workplace, workplace } from "./weaver-process.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let weaver: Workplace;
beforeAll(() => {
  weaver = workplace();
});
afterAll(() => weaver.close());

describe("a wrong command line", () => {
  it.each([
    [["kernel", "strat"], "did you mean kernel start?"],
    [["kernel", "ps", "--jsno"], "did you mean --json?"],
    [["agent", "send", "7x", "hi"], "<agent> must be a whole number"],
    [["kernel", "stop", "--timeout", "soon"], "--timeout must be a whole number"],
    [[], "no command was given"],
  ])("%j ends with 2, one line and a hint, no stack", async (words, expected) => {
    const { code, out, err } = await weaver.run(...words);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("error[API_USAGE]: ");
    expect(err).toContain(expected);
    expect(err.split("\n")).toHaveLength(3);
  });

  it("ends a process so, too", async () => {
    expect(await weaver.spawn("kernel", "strat")).toMatchObject({ code: 2, out: "" });
  });

  it("is one JSON document with --json", async () => {
    const { code, value } = await weaver.json("kernel", "strat");
    expect(code).toBe(2);
    expect(value).toEqual({
      error: {
        code: "API_USAGE",
        message: 'unknown command "kernel strat"',
        details: { hint: "did you mean kernel start?" },
      },
    });
  });

  it("shows its stack with --verbose", async () => {
    expect((await weaver.run("kernel", "strat", "--verbose")).err).toContain("parse-arguments.ts");
  });
});

describe("help and version", () => {
  it("lists every command", async () => {
    const { code, out, err } = await weaver.run("--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const { name } of commands) expect(out).toContain(name);
  });

  it("of the version is that of the manifest", async () => {
    const manifest = (await import("../../package.json", { with: { type: "json" } })).default;
    expect((await weaver.spawn("--version")).out).toBe(`weaver ${manifest.version}\n`);
    expect(JSON.parse((await weaver.spawn("--version", "--json")).out)).toEqual({ version: manifest.version });
  });

  it("is cut short in silence when nobody reads on", async () => {
    const { code, err } = await weaver.runUnread("--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  it("ends a kernel in the foreground in order when nobody reads on", async () => {
    const { code } = await weaver.runUnread("kernel", "start", "--foreground");
    expect(code).toBe(0);
    expect((await weaver.json("kernel", "status")).value).toMatchObject({ note: "its last kernel was shut down" });
  });

  it.skipIf(process.platform !== "linux")("is one line of error where the output cannot be written", async () => {
    const { code, err } = await weaver.runFull("--help");
    expect({ code, err }).toEqual({ code: 1, err: "error[ENOSPC]: the output cannot be written\n" });
  });
});
