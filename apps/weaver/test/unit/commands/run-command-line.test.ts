import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commands } from "../../../src/commands/command-table.ts";
import { runDaemon } from "../../../src/daemon/run-daemon.ts";
import { runIn } from "./fake-terminal.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "weaver-line-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const weaver = (...words: string[]) => runIn(folder, ...words);
const value = async (...words: string[]) =>
  JSON.parse((await weaver(...words, "--json")).out) as Record<string, unknown>;

describe("a command line in this process", () => {
  it("shows version and help", async () => {
    expect(await weaver("--version")).toEqual({ code: 0, out: "weaver 1.2.3\n", err: "" });
    expect(await value("--version")).toEqual({ version: "1.2.3" });
    expect((await weaver("--help")).out).toContain("exit codes:");
    for (const { name, summary } of commands) {
      const { code, out, err } = await weaver(...name.split(" "), "--help");
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toContain(`weaver ${name}: ${summary}`);
      expect(out).not.toContain("npx weaver");
    }
  });

  it("gives its help to programs too", async () => {
    const all = (await value("--help")) as unknown as { commands: { name: string }[]; commonOptions: unknown[] };
    expect(all.commands.map(({ name }) => name)).toEqual(commands.map(({ name }) => name));
    expect(all.commonOptions).toContainEqual({ name: "help", description: "show this help", value: null, short: "h" });
    expect(await value("agent", "send", "--help")).toMatchObject({
      commands: [{ name: "agent send", arguments: [{ name: "agent", optional: false }, { name: "message" }] }],
    });
  });

  it("maps its errors to exit codes, with one document for programs", async () => {
    expect((await weaver("kernel", "wat")).code).toBe(2);
    expect((await weaver("kernel", "ps")).code).toBe(3);
    expect((await weaver("chain", "verify")).code).toBe(1);
    expect(await value("chain", "verify")).toMatchObject({ error: { code: "CHAIN_ABSENT" } });
  });

  it("starts a daemon, asks it and its files, and stops it", async () => {
    const start = await weaver("kernel", "start");
    expect(start).toMatchObject({ code: 0, err: "" });
    expect(start.out).toMatch(/^the kernel runs as process \d+\n/);
    expect((await weaver("kernel", "start")).err).toContain("error[KERNEL_LOCKED]");
    for (const line of ["kernel status", "kernel ps", "agent list", "tool list", "rules list", "kernel features"]) {
      expect(await weaver(...line.split(" "))).toMatchObject({ code: 0, err: "" });
    }
    expect((await weaver("agent", "send", "77", "hi", "--timeout", "50")).code).toBe(1);
    expect((await weaver("chain", "checkpoint")).out).toContain("a checkpoint was signed");
    expect((await weaver("chain", "verify")).out).toContain("the chain is VALID");
    expect(await value("kernel", "stop")).toMatchObject({ state: "stopped", killed: false });
    expect(await weaver("kernel", "stop")).toMatchObject({ code: 3 });

    expect((await weaver("kernel", "status")).out).toContain("its last kernel was shut down");
    expect((await weaver("chain", "status")).out).toMatch(/sequence +\d+/);
    expect((await weaver("chain", "verify")).out).toContain("the chain is VALID");
    expect((await weaver("chain", "tail", "-n", "2")).out).toContain("kernel.shutdown");
    expect(await weaver("approvals", "list")).toEqual({ code: 0, out: "nobody waits for an approval\n", err: "" });
    expect((await weaver("approvals", "approve", "none")).err).toContain("error[APPROVAL_NOT_FOUND]");
  });
});

describe("a daemon in this process", () => {
  it("tells when it is ready, and ends when it is asked over the socket", async () => {
    const dir = join(folder, "own");
    const lines: string[] = [];
    let ready: (socket: string | undefined) => void = () => {};
    const opened = new Promise<string | undefined>((resolve) => {
      ready = resolve;
    });
    const ended = runDaemon({
      dir,
      without: ["crasher"],
      onEvent: ({ message }) => lines.push(message),
      onReady: ({ socket }) => ready(socket),
    });
    expect(await opened).toBe(join(dir, "run", "socket"));
    const { openDaemon } = await import("../../../src/kernel-access/open-daemon.ts");
    const daemon = await openDaemon(dir);
    expect(await daemon.call("kernel.stop")).toEqual({ state: "shutting-down" });
    await daemon.close();
    expect(await ended).toBe(true);
    expect(lines.at(-1)).toMatch(/^halted after/);
  });

  it("ends on a signal, and leaves no handler behind", async () => {
    const before = process.listenerCount("SIGTERM");
    const ended = runDaemon({
      dir: join(folder, "signalled"),
      without: [],
      onEvent: () => {},
      onReady: () => process.emit("SIGTERM", "SIGTERM"),
    });
    expect(await ended).toBe(true);
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });
});
