/**
 * What the system tells of a process: on Linux in `/proc` (proc_pid_stat(5)), which a process that hangs cannot keep back.
 * Elsewhere nothing, and its own word counts.
 */
import type { Files } from "@weftos/interface";
import type { Measured } from "./worker-protocol.ts";

/** Linux counts processor time for programs in hundredths of a second on every architecture that Node runs on. */
const TICK_MS = 10;
const KILOBYTE = 1024;

/** Reads the processor time and the resident memory of a process. Never rejects. */
export async function readUsage(pid: number, disk: Pick<Files, "read">): Promise<Measured> {
  const [stat, status] = await Promise.all([text(`/proc/${pid}/stat`, disk), text(`/proc/${pid}/status`, disk)]);
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  // The name of the program, in parentheses, may hold anything. After it come the state and ten fields before the times.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return {
    cpuMs: Number.isFinite(ticks) ? ticks * TICK_MS : undefined,
    memoryBytes: resident === undefined ? undefined : Number(resident) * KILOBYTE,
  };
}

async function text(path: string, disk: Pick<Files, "read">): Promise<string> {
  try {
    return new TextDecoder().decode(await disk.read(path, { maxBytes: 65_536 }));
  } catch {
    return "";
  }
}
