// The daemon as an operator sees it: how long until it is ready, how long a question takes, how much it holds idle.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Benchmark, Round } from "../benchmark.ts";
import { bareNodeMs, timeNode, WEAVER } from "../processes.ts";

const IDLE_MS = 6000;

async function withDaemon(
  work: (dir: string, startMs: number) => Promise<number>,
  rival: () => Promise<number> = bareNodeMs,
): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), "weftos-bench-"));
  const dir = join(folder, "state");
  const bare = await rival();
  const { ms } = await timeNode([WEAVER, "kernel", "start", "--dir", dir], folder);
  try {
    return { ours: await work(dir, ms), rivals: { "bare node": bare } };
  } finally {
    await timeNode([WEAVER, "kernel", "stop", "--dir", dir], folder);
    rmSync(folder, { recursive: true });
  }
}

/** Resident memory of a process in MB, as Linux tells it. */
async function residentMb(dir: string): Promise<number> {
  const { stdout } = await timeNode([WEAVER, "kernel", "status", "--json", "--dir", dir]);
  const { pid } = JSON.parse(stdout) as { pid: number };
  await sleep(IDLE_MS);
  return residentOf(pid);
}

function residentOf(pid: number | undefined): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1]) / 1024;
}

/** The rival of the daemon's memory: Node itself, waiting as long. */
async function bareNodeMb(): Promise<number> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 60_000)"], { stdio: "ignore" });
  try {
    await sleep(IDLE_MS);
    return residentOf(child.pid);
  } finally {
    child.kill();
  }
}

const start: Benchmark = {
  package: "weaver",
  subject: "`weaver kernel start` until the daemon is ready",
  unit: "ms",
  goal: { atMost: 400 },
  rounds: 9,
  round: () => withDaemon(async (_dir, startMs) => startMs),
};
const status: Benchmark = {
  package: "weaver",
  subject: "`weaver kernel status` with a daemon",
  unit: "ms",
  goal: { atMost: 120 },
  rounds: 9,
  round: () => withDaemon(async (dir) => (await timeNode([WEAVER, "kernel", "status", "--dir", dir])).ms),
};
const idle: Benchmark = {
  package: "weaver",
  subject: "memory of an idle daemon after 6 s (RSS)",
  unit: "MB",
  goal: { atMost: 80 },
  rounds: 3,
  round: () => withDaemon(residentMb, bareNodeMb),
};
export const benchmarks: readonly Benchmark[] = process.platform === "linux" ? [start, status, idle] : [start, status];
