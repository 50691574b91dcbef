/**
 * Which agents are given up because kernels end with them. Code on the kernel's own thread can end a kernel, and would end each that
 * starts it again: a loss counts as a failure of such an agent, within the window of its restart policy. Who ran in a thread or process
 * of its own is not blamed.
 */
import type { JournalEntry, JournalFailures } from "../table/journal-record.ts";

/** Of an agent that was lost too often: how often, in which time; undefined for all others. */
export function exhaustedBy(entry: JournalEntry, now: number): JournalFailures | undefined {
  const { failures } = entry;
  if (failures?.inKernel !== true) return undefined;
  // A first loss is forgiven to those, too, whose policy forgives no failure.
  return lately(failures, now).length >= Math.max(1, failures.maxRestarts) ? failures : undefined;
}

/** Counts one loss more, where it may be the agent's fault. */
export function withLoss(entry: JournalEntry, now: number): JournalEntry | undefined {
  const { failures } = entry;
  if (failures?.inKernel !== true) return undefined;
  return { ...entry, failures: { ...failures, times: [...lately(failures, now), now] } };
}

function lately({ times, withinMs }: JournalFailures, now: number): readonly number[] {
  return times.filter((time) => now - time < withinMs);
}
