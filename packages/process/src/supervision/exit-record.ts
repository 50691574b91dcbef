/** Tells the audit log and the listeners that a process ended, or that its agent is given up. */
import type { EventEmitter, ExitReason, JsonObject } from "@weftos/interface";
import type { ProcessEvents } from "../processes.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { Child } from "./child.ts";
import type { PatientRecord } from "./patient-record.ts";

/** Where ends are told. */
export interface ExitDeps {
  readonly records: PatientRecord;
  readonly events: EventEmitter<ProcessEvents>;
}

/** Records and tells the end of a process. */
export function recordExit(entry: ProcessEntry, reason: ExitReason, deps: ExitDeps): void {
  record("agent.exit", entry, exitPayload(entry, reason), deps);
  deps.events.emit("process:exited", { pid: entry.pid, name: entry.name, reason });
}

/** Records and tells that an agent failed too often. */
export function recordAbandon({ spec }: Child, entry: ProcessEntry, deps: ExitDeps): void {
  const { maxRestarts: restarts, withinMs } = spec.restart;
  const { pid, name } = entry;
  record("agent.abandon", entry, { pid, restarts, withinMs }, deps);
  deps.events.emit("process:abandoned", { pid, name, restarts, withinMs });
}

function record(kind: string, { pid, name }: ProcessEntry, payload: JsonObject, { records }: ExitDeps): void {
  records.append({ source: "process", kind, actor: { pid, agent: name }, payload });
}

function exitPayload(entry: ProcessEntry, reason: ExitReason): JsonObject {
  const { pid, name, restarts } = entry;
  const base = { pid, agent: name, restarts, reason: reason.kind };
  if (reason.kind === "supervisor") return reason.cause === undefined ? base : { ...base, cause: reason.cause };
  if (reason.kind === "limit") return { ...base, limit: reason.limit };
  if (reason.kind === "linked") return { ...base, linked: reason.pid };
  if (reason.kind !== "crash") return base;
  return { ...base, error: reason.error, ...(reason.code === undefined ? {} : { code: reason.code }) };
}
