/**
 * Tells the audit log and the listeners that a process ended, or that its agent is given up. An end cannot be undone: where
 * it cannot be recorded, the log says so.
 */
import type { AuditLog, EventEmitter, ExitReason, JsonObject, Logger } from "@weftos/interface";
import type { ProcessEvents } from "../processes.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { Child, Run } from "./child.ts";

/** Where ends are told. */
export interface ExitDeps {
  readonly audit: AuditLog;
  readonly events: EventEmitter<ProcessEvents>;
  readonly logger: Logger;
}

/** Records and tells the end of a process. */
export function recordExit(entry: ProcessEntry, reason: ExitReason, deps: ExitDeps): void {
  record("agent.exit", entry, exitPayload(entry, reason), deps);
  deps.events.emit("process:exited", { pid: entry.pid, name: entry.name, reason });
}

/** Records and tells that an agent failed too often. */
export function recordAbandon({ spec }: Child, { entry }: Run, deps: ExitDeps): void {
  const { maxRestarts: restarts, withinMs } = spec.restart;
  const { pid, name } = entry;
  deps.logger.warn("an agent failed too often and is not restarted any more", { processId: pid, agent: name });
  record("agent.abandon", entry, { pid, restarts, withinMs }, deps);
  deps.events.emit("process:abandoned", { pid, name, restarts, withinMs });
}

function record(kind: string, { pid, name }: ProcessEntry, payload: JsonObject, { audit, logger }: ExitDeps): void {
  try {
    audit.append({ source: "process", kind, actor: { pid, agent: name }, payload });
  } catch (error) {
    const text = error instanceof Error ? error.message : "unknown";
    logger.error("the end of a process could not be recorded", { processId: pid, kind, error: text });
  }
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
