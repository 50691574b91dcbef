import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "@weftos/schema";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Kernel } from "weftos";
import { isAlive, waitForEnd } from "../../src/daemon/wait-for-end.ts";
import { type Workplace, workplace } from "./weaver-process.ts";

// Each test starts a dozen processes on a machine that runs other tests too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let weaver: Workplace;
beforeEach(() => {
  weaver = workplace();
});
afterEach(() => weaver.close());

const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const positive = z.int().check(z.minimum(1));

/** What programs rely on. Further keys may come. */
const shapes = {
  started: z.object({
    pid: positive,
    state: z.literal("running"),
    dir: z.string(),
    socket: z.string(),
    log: z.string(),
  }),
  running: z.object({ pid: positive, state: z.literal("running"), dir: z.string(), features: z.array(z.string()) }),
  stopped: z.object({
    pid: z.null(),
    state: z.literal("stopped"),
    note: z.string(),
    chain: z.object({ sequence: z.int(), head: hash }),
  }),
  chain: z.object({ sequence: z.int(), head: hash, events: positive }),
  verified: z.object({ valid: z.boolean(), events: positive, head: hash, faults: z.array(z.unknown()) }),
  logs: z.object({ last: positive, events: z.array(z.object({ index: positive, message: z.string() })) }),
  failed: z.object({ error: z.object({ code: z.string(), message: z.string(), details: z.unknown() }) }),
};

async function start(): Promise<number> {
  const { code, value } = await weaver.json("kernel", "start");
  expect(code).toBe(0);
  return shapes.started.parse(value).pid;
}

describe("a daemon", () => {
  it("starts in the background, once, answers, keeps what it writes to its owner, and is gone after stop", async () => {
    const pid = await start();
    expect(isAlive(pid)).toBe(true);
    for (const path of ["", "logs/daemon.log", "run/token"])
      expect(statSync(join(weaver.dir, path)).mode & 0o077).toBe(0);
    const second = await weaver.run("kernel", "start");
    expect(second.code).toBe(1);
    expect(second.err).toContain("error[KERNEL_LOCKED]");
    expect(second.err).toContain(`process ${pid}`);
    process.kill(pid, "SIGUSR1");
    const status = await weaver.json("kernel", "status");
    expect(shapes.running.parse(status.value)).toMatchObject({ pid, dir: weaver.dir });
    const live = shapes.chain.parse((await weaver.json("chain", "status")).value);
    const verified = await weaver.json("chain", "verify", "--head", live.head);
    expect({ code: verified.code, valid: shapes.verified.parse(verified.value).valid }).toEqual({
      code: 0,
      valid: true,
    });
    expect((await weaver.run("kernel", "ps")).out).toMatch(/PID {2}PROCESS .*\n {2}0 {2}kernel {3}running/);
    expect(shapes.logs.parse((await weaver.json("kernel", "logs", "-n", "3")).value).events).toHaveLength(3);

    const stopped = await weaver.run("kernel", "stop");
    expect(stopped).toMatchObject({ code: 0, err: "" });
    expect(stopped.out).toContain(`process ${pid}, has stopped`);
    expect(isAlive(pid)).toBe(false);
    // A debugger would be open to every program of this user.
    expect(readFileSync(join(weaver.dir, "logs", "daemon.log"), "utf8")).not.toMatch(/debugger/i);
    expect(readdirSync(join(weaver.dir, "run")).filter((name) => name !== "acked")).toEqual([]);

    const after = await weaver.json("kernel", "status");
    expect(after.code).toBe(0);
    const offline = shapes.stopped.parse(after.value);
    expect(shapes.chain.parse((await weaver.json("chain", "status")).value)).toMatchObject(offline.chain);
    const pinned = await weaver.json("chain", "verify", "--head", live.head);
    expect(pinned).toMatchObject({ code: 0, value: { valid: true, assurance: "pinned" } });
  });

  it("that was killed is reported as gone, and its directory starts again with its whole chain", async () => {
    const pid = await start();
    const { head } = shapes.chain.parse((await weaver.json("chain", "status")).value);
    process.kill(pid, "SIGKILL");
    expect(await waitForEnd(pid, 5000)).toBe(true);

    const status = await weaver.json("kernel", "status");
    expect(shapes.stopped.parse(status.value)).toMatchObject({
      note: expect.stringContaining(`process ${pid}`) as string,
    });
    const stop = await weaver.run("kernel", "stop");
    expect(stop.code).toBe(3);
    expect(stop.err).toContain("left it without shutting down");

    const again = await start();
    expect(again).not.toBe(pid);
    const verified = await weaver.json("chain", "verify", "--head", head);
    expect(verified).toMatchObject({ code: 0, value: { valid: true } });

    // That one ends in order when the system asks it to.
    process.kill(again, "SIGTERM");
    expect(await waitForEnd(again, 15_000)).toBe(true);
    expect(existsSync(join(weaver.dir, "run", "lock"))).toBe(false);
    expect(readFileSync(join(weaver.dir, "logs", "daemon.log"), "utf8")).toContain("halted after");
  });

  it("that hangs is killed by stop --force", async () => {
    const pid = await start();
    process.kill(pid, "SIGSTOP");
    const gentle = await weaver.run("kernel", "stop", "--timeout", "300");
    expect(gentle.code).toBe(1);
    const forced = await weaver.json("kernel", "stop", "--timeout", "300", "--force");
    expect(forced).toMatchObject({ code: 0, value: { pid, killed: true, state: "stopped" } });
    expect(isAlive(pid)).toBe(false);
  });

  it("does not start over a damaged chain, and everyone who asks is told", async () => {
    await (await Kernel.boot({ dir: weaver.dir })).shutdown();
    const file = join(weaver.dir, "chain", "000000000000.rvf");
    const bytes = readFileSync(file);
    bytes[400] = (bytes[400] ?? 0) ^ 0xff;
    writeFileSync(file, bytes);
    // What is kept there spares the next start the reading of what it read before.
    rmSync(join(weaver.dir, "cache"), { recursive: true });

    const started = await weaver.run("kernel", "start");
    expect(started.code).toBe(1);
    expect(started.err).toMatch(/error\[\w+\]: .*000000000000\.rvf/);
    expect(started.out).toBe("");
    const verified = await weaver.json("chain", "verify");
    expect(verified).toMatchObject({ code: 1, value: { valid: false } });
    expect(verified.value.faults).toEqual([expect.objectContaining({ file: "chain/000000000000.rvf" })]);
    const status = await weaver.json("kernel", "status");
    expect(status).toMatchObject({ code: 0, value: { state: "stopped", chain: { error: { code: "CHAIN_DAMAGED" } } } });
    const chain = await weaver.json("chain", "status");
    expect(chain.code).toBe(1);
    expect(shapes.failed.parse(chain.value).error.code).toBe("CHAIN_DAMAGED");
  });

  it("does not start with a broken configuration, and says where it is broken", async () => {
    writeFileSync(join(weaver.folder, "weave.toml"), "[kernel]\nenvironment = 5\n");
    const { code, value } = await weaver.json("kernel", "start");
    expect(code).toBe(1);
    const { error } = shapes.failed.parse(value);
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toContain("weave.toml:2");
  });

  it("runs attached with --foreground, and ends with its log on a signal", async () => {
    const { spawn } = await import("node:child_process");
    const entry = join(import.meta.dirname, "../../src/main.ts");
    const words = ["--conditions=weftos-source", entry, "kernel", "start", "--foreground", "--dir", weaver.dir];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    await new Promise<void>((ready) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        out += text;
        if (out.includes("boot complete")) ready();
      });
    });
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(out).toContain("halted after");
  });
});
