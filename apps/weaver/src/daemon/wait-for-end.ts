/** Waits for a process that is no child of this one: the system tells nobody of its end, so it is asked, ever more rarely. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 100;

/** Tells whether a process lives. One that has ended and waits for its parent to notice does not: a container's may never. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return process.platform !== "linux" || !isZombie(pid);
}

/** Reads field 3 (`state`) of `/proc/<pid>/stat`; see proc(5). */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) === "Z";
  } catch {
    return false;
  }
}

/** Resolves with true when the process is gone, with false after `timeoutMs`. */
export async function waitForEnd(pid: number, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  for (let wait = FIRST_WAIT_MS; isAlive(pid); wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const left = until - performance.now();
    if (left <= 0) return false;
    await sleep(Math.min(wait, left));
  }
  return true;
}
