import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { isAlive, waitForEnd } from "../../../src/daemon/wait-for-end.ts";

describe("the end of a process", () => {
  it("is seen, and until then the wait is bounded", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: ["pipe", "ignore", "ignore"] });
    const { pid = 0 } = child;
    expect(isAlive(pid)).toBe(true);
    expect(await waitForEnd(pid, 20)).toBe(false);
    child.kill("SIGKILL");
    expect(await waitForEnd(pid, 5000)).toBe(true);
    expect(isAlive(pid)).toBe(false);
  });
});
