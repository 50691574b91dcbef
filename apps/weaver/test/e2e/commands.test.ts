import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commands } from "../../src/commands/command-table.ts";
import { type Workplace, workplace } from "./weaver-process.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let weaver: Workplace;
beforeAll(() => {
  weaver = workplace();
});
afterAll(() => weaver.close());

describe("weaver without a daemon", () => {
  it.each([
    ["kernel stop"],
    ["kernel ps"],
    ["kernel logs"],
    ["agent list"],
    ["agent send 1 hi"],
    ["approvals list"],
    ["approvals approve some-id"],
    ["action show 1"],
  ])("%s in an empty folder ends with 3 and says how to start", async (line) => {
    const { code, out, err } = await weaver.run(...line.split(" "));
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toMatch(/^error\[API_NO_DAEMON\]: .*no kernel ran here yet\n {2}hint: .*weaver kernel start\n$/);
  });

  it("makes no state directory by asking", async () => {
    const { existsSync } = await import("node:fs");
    await weaver.run("approvals", "list", "--dir", "nowhere");
    await weaver.run("kernel", "status", "--dir", "nowhere");
    await weaver.run("chain", "verify", "--dir", "nowhere");
    expect(existsSync(join(weaver.folder, "nowhere"))).toBe(false);
  });

  it("tells the status of a folder where no kernel ever ran", async () => {
    expect(await weaver.json("kernel", "status", "--dir", "nowhere")).toEqual({
      code: 0,
      value: {
        pid: null,
        state: "stopped",
        dir: join(weaver.folder, "nowhere"),
        note: "no kernel ran here yet",
        chain: null,
      },
    });
  });

  it("has no chain to show or verify there", async () => {
    for (const verb of ["status", "verify"]) {
      const { code, value } = await weaver.json("chain", verb, "--dir", "nowhere");
      expect({ code, value }).toMatchObject({ code: 1, value: { error: { code: "CHAIN_ABSENT" } } });
    }
  });

  it("refuses to start where a file is in the way", async () => {
    writeFileSync(join(weaver.folder, "file"), "");
    const { code, err } = await weaver.run("kernel", "start", "--dir", "file/state");
    expect(code).toBe(1);
    expect(err).toMatch(/^error\[KERNEL_DAEMON_FAILED\]: .*cannot be a state directory/);
    expect(err).not.toContain("    at ");
  });

  it("takes a stale endpoint for what it is", async () => {
    const dir = join(weaver.folder, "stale");
    mkdirSync(join(dir, "run"), { recursive: true });
    mkdirSync(join(dir, "chain"));
    writeFileSync(join(dir, "run", "endpoint.json"), '{"version":1,"socket":"/nowhere/socket","pid":1}\n');
    writeFileSync(join(dir, "run", "token"), "00");
    const { code, err } = await weaver.run("kernel", "ps", "--dir", dir);
    expect(code).toBe(3);
    expect(err).toContain("error[API_NO_DAEMON]");
  });
});

describe("a wrong command line", () => {
  it.each([
    [["kernel", "strat"], "did you mean kernel start?"],
    [["kernel", "ps", "--jsno"], "did you mean --json?"],
    [["agent", "send", "one", "hi"], "<pid> must be a whole number"],
    [["kernel", "stop", "--timeout", "soon"], "--timeout must be a whole number"],
    [[], "no command was given"],
  ])("%j ends with 2, one line and a hint, no stack", async (words, expected) => {
    const { code, out, err } = await weaver.run(...words);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("error[API_USAGE]: ");
    expect(err).toContain(expected);
    expect(err.split("\n")).toHaveLength(3);
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
    expect((await weaver.run("--version")).out).toBe(`weaver ${manifest.version}\n`);
    expect((await weaver.json("--version")).value).toEqual({ version: manifest.version });
  });

  it("never names the package that is not ours", async () => {
    for (const { name } of commands)
      expect((await weaver.run(...name.split(" "), "--help")).out).not.toContain("npx weaver");
  });
});
