import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Kernel } from "../../src/index.ts";

const program = join(import.meta.dirname, "fixtures/hold-directory.ts");
const children: ChildProcess[] = [];
let dir = "";

beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), "weftos-kernel-")), ".weftos");
});

afterEach(async () => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  await rm(join(dir, ".."), { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly line: () => Promise<string>;
  readonly exit: Promise<[number | null, NodeJS.Signals | null]>;
}

function run(...args: string[]): Running {
  const child = spawn(process.execPath, [program, dir, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  const lines: Interface = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const iterator = lines[Symbol.asyncIterator]();
  const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  return { child, exit, line: async () => String((await iterator.next()).value) };
}

describe("kernels of several programs on one directory", () => {
  test("only one runs; the others are told its PID", async () => {
    const first = run();
    expect(await first.line()).toBe("running");
    await expect(Kernel.boot({ dir })).rejects.toMatchObject({
      code: "KERNEL_LOCKED",
      details: { processId: first.child.pid },
    });
    const second = run();
    expect(await second.line()).toBe("halted");
    expect(await second.line()).toBe("KERNEL_LOCKED");
    expect((await second.exit)[0]).toBe(1);
    first.child.stdin?.write("stop");
    expect(await first.line()).toBe("shutting-down");
    expect(await first.line()).toBe("halted");
    expect((await first.exit)[0]).toBe(0);
    await (await Kernel.boot({ dir })).shutdown();
  });

  test("one that was killed leaves a lock that the next takes over, and says so", async () => {
    const first = run();
    expect(await first.line()).toBe("running");
    first.child.kill("SIGKILL");
    await first.exit;
    const kernel = await Kernel.boot({ dir });
    expect(kernel.logs.tail().map((event) => event.message)).toContain(
      `took over the lock of process ${first.child.pid}, which is gone`,
    );
    expect(JSON.parse(await readFile(join(dir, "run/lock"), "utf8")).processId).toBe(process.pid);
    await kernel.shutdown();
  });

  test.skipIf(process.platform === "win32")("the directory is 0700 and its lock 0600", async () => {
    const kernel = await Kernel.boot({ dir });
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dir, "keys"))).mode & 0o777).toBe(0o700);
    expect((await stat(join(dir, "run/lock"))).mode & 0o777).toBe(0o600);
    await kernel.shutdown();
  });

  test.skipIf(process.platform === "win32").each(["SIGINT", "SIGTERM"] as const)(
    "with signals, %s shuts the kernel down and then ends the program as that signal does",
    async (signal) => {
      const one = run("signals");
      expect(await one.line()).toBe("running");
      one.child.kill(signal);
      expect(await one.line()).toBe("shutting-down");
      expect(await one.line()).toBe("halted");
      expect(await one.exit).toEqual([null, signal]);
      await (await Kernel.boot({ dir })).shutdown();
    },
  );

  test("survives a promise that fails unhandled, and an error that nobody catches, when it is told to, and says so; otherwise the program ends", async () => {
    const surviving = run("survive");
    expect(await surviving.line()).toBe("running");
    surviving.child.stdin?.write("reject");
    expect(await surviving.line()).toBe("a promise failed unhandled: Error: forgotten");
    surviving.child.stdin?.write("throw");
    expect(await surviving.line()).toBe("an error was thrown that nobody caught: Error: in a timer");
    surviving.child.stdin?.write("stop");
    expect(await surviving.line()).toBe("shutting-down");
    expect(await surviving.line()).toBe("halted");
    expect((await surviving.exit)[0]).toBe(0);
    const plain = run("quiet");
    expect(await plain.line()).toBe("running");
    plain.child.stdin?.write("reject");
    expect((await plain.exit)[0]).toBe(1);
  });

  test("installs no handler unless asked, and removes its own with the shutdown", async () => {
    const count = (): number =>
      ["SIGINT", "SIGTERM", "unhandledRejection", "uncaughtException"].reduce(
        (sum, name) => sum + process.listenerCount(name),
        0,
      );
    const before = count();
    const plain = await Kernel.boot({ dir });
    expect(count()).toBe(before);
    await plain.shutdown();
    const asked = await Kernel.boot({ dir, signals: true, surviveUnhandled: true });
    expect(count()).toBe(before + 4);
    await asked.shutdown();
    expect(count()).toBe(before);
  });
});
