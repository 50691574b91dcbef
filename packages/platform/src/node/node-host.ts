/**
 * What Node and the system tell of the machine and its processes. The start of a process, with its id, tells it from a
 * later one that got the same id: `/proc` on Linux, `ps` on other Unix systems; Windows has no cheap answer, so there
 * it is undefined, as for a process that does not live.
 */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { Host } from "@weftos/interface";

const PS_TIMEOUT_MS = 5000;

/** Reads field 22 (`starttime`, clock ticks since boot) of `/proc/<pid>/stat`; see proc(5). */
export function startTimeOf(stat: string): string | undefined {
  // Field 2 is the program's name in parentheses, and may hold blanks and parentheses itself.
  const afterName = stat.slice(stat.lastIndexOf(")") + 1).trim();
  return afterName.split(" ")[22 - 3];
}

async function processStart(processId: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(processId) || processId <= 0 || process.platform === "win32") return undefined;
  try {
    if (process.platform === "linux") return startTimeOf(await readFile(`/proc/${processId}/stat`, "latin1"));
    const [{ execFile }, { promisify }] = await Promise.all([import("node:child_process"), import("node:util")]);
    const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(processId)], {
      env: { ...process.env, LC_ALL: "C" },
      timeout: PS_TIMEOUT_MS,
    });
    return stdout.trim() || undefined;
  } catch {
    return undefined; // no such process, or none that we may look at
  }
}

/** Reads field 3 (`state`) of `/proc/<pid>/stat`; see proc(5). */
function stateOf(stat: string): string | undefined {
  return stat
    .slice(stat.lastIndexOf(")") + 1)
    .trim()
    .split(" ")[0];
}

function isAlive(processId: number): boolean {
  // 0 and negative ids mean groups of processes to kill(2).
  if (!Number.isSafeInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return process.platform !== "linux" || !hasEnded(processId);
}

/** Tells of a process that has ended and waits for its parent to take notice: in a container nobody ever may. */
function hasEnded(processId: number): boolean {
  try {
    const state = stateOf(readFileSync(`/proc/${processId}/stat`, "latin1"));
    return state === "Z" || state === "X";
  } catch {
    return false; // we may not look
  }
}

function bootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Gives the machine that this program runs on. */
export function nodeHost(): Host {
  return { processId: process.pid, hostname: hostname(), bootId: bootId(), processStart, isAlive };
}
