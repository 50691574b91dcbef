/** Waits for a process that is no child of this one: the system tells nobody of its end, so it is asked, ever more rarely. */
import { setTimeout as sleep } from "node:timers/promises";
import { nodePlatform } from "@weftos/platform";

const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 100;

/** Tells whether a process of this machine lives. */
export function isAlive(pid: number): boolean {
  return nodePlatform().host.isAlive(pid);
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
