/** Finds the process that a subject names. */
import { type ProcessDirectory, type ProcessInfo, type Subject, toPid } from "@weftos/interface";

const PID = /^[1-9]\d{0,14}$/;

/** Gives the process; undefined for another kind of subject, for an id that is no PID, and when it is gone. */
export function processOf(processes: Pick<ProcessDirectory, "find">, subject: Subject): ProcessInfo | undefined {
  if (subject.kind !== "process" || !PID.test(subject.id)) return undefined;
  return processes.find(toPid(Number(subject.id)));
}
