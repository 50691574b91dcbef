import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockHolder } from "../../../src/kernel-access/lock-holder.ts";
import { noDaemonError, whyNoDaemon } from "../../../src/kernel-access/no-daemon.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "weaver-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function lockedBy(owner: object | string): void {
  mkdirSync(join(dir, "run"), { recursive: true });
  mkdirSync(join(dir, "chain"), { recursive: true });
  writeFileSync(join(dir, "run", "lock"), typeof owner === "string" ? owner : JSON.stringify(owner));
}

describe("a directory for which nobody answers", () => {
  it("is empty", async () => {
    expect(await whyNoDaemon(dir)).toEqual({ reason: "no kernel ran here yet", pid: null, exists: false });
  });

  it("was left by a clean shutdown", async () => {
    mkdirSync(join(dir, "run"));
    mkdirSync(join(dir, "chain"));
    expect(await whyNoDaemon(dir)).toEqual({ reason: "its last kernel was shut down", pid: null, exists: true });
  });

  it("is held by a live process without a socket", async () => {
    lockedBy({ processId: process.pid, host: hostname() });
    expect(await whyNoDaemon(dir)).toEqual({
      reason: `process ${process.pid} holds it, and serves no socket`,
      pid: process.pid,
      exists: true,
    });
  });

  it("was left by a process that died, even if its number lives again", async () => {
    lockedBy({ processId: process.pid, host: hostname(), startedAt: "another start" });
    expect((await whyNoDaemon(dir)).reason).toBe(
      `process ${process.pid} on ${hostname()} left it without shutting down`,
    );
    lockedBy({ processId: process.pid, host: hostname(), bootId: "another boot" });
    expect((await lockHolder(dir))?.alive).toBe(false);
  });

  it.each(["", "{", "null", "[]", '{"processId":"7","host":"x"}'])("has a lock that says nothing: %j", async (text) => {
    lockedBy(text);
    expect(await lockHolder(dir)).toBeUndefined();
  });

  it("gives an error with exit code 3 that says how to start one", async () => {
    expect(await noDaemonError(dir, (words) => `weaver ${words}`)).toMatchObject({
      code: "API_NO_DAEMON",
      details: { hint: "weaver kernel start" },
    });
  });
});
