/**
 * What another kernel must know of an agent, should this one crash: what it is started from, together with all that changed since it
 * was: budget, lasting rights, approval and approved code, suspension, failures. Worked out anew each time it is written down.
 */
import type { JsonObject, JsonValue } from "@weftos/interface";
import type { JournalEntry } from "../table/journal-record.ts";
import type { Child } from "./child.ts";
import type { ChildSpec } from "./child-spec.ts";

/** Gives what the journal keeps of an agent. */
export function recordOf(child: Child): JournalEntry {
  const { spec, handle, restarts } = child;
  const { name, parent, principal } = spec;
  return {
    pid: handle.pid,
    name,
    parent,
    restarts,
    recovery: recoveryOf(child),
    member: memberOf(child),
    suspended: child.suspended || undefined,
    failures: failuresOf(child),
    principal,
    approval: child.approval,
  };
}

/** Tells whether another kernel starts it again, by itself or with the supervisor above it. */
export function isStartedAgain(child: Child): boolean {
  return (child.record?.recovery ?? child.spec.recovery ?? child.spec.member) !== undefined;
}

/** Gives what another kernel needs to start it again, with the budget and the lasting rights it has now, and the code that was approved. */
export function recoveryOf({ record, spec, account, code, changedRights }: Child): ChildSpec["recovery"] {
  const recovery = record?.recovery ?? spec.recovery;
  if (recovery === undefined || (changedRights === undefined && account === undefined && code === undefined))
    return recovery;
  const options: JsonObject = {
    ...(recovery.options as JsonObject),
    ...(account && { account }),
    ...(code && { code }),
  };
  if (changedRights === undefined) return { module: recovery.module, options };
  const capabilities = JSON.parse(JSON.stringify(changedRights)) as JsonValue;
  return { module: recovery.module, options: { ...options, capabilities } };
}

/** As a child of a supervisor: the budget and the lasting rights it has now. */
function memberOf({ spec: { member }, account, changedRights: capabilities }: Child): JournalEntry["member"] {
  if (member === undefined) return undefined;
  const { id, replicaOf: of, added, restart } = member;
  return { id, of, added, restart, account, capabilities };
}

function failuresOf({ spec, failureTimes: times }: Child): JournalEntry["failures"] {
  const { kind, backend, restart } = spec;
  const inKernel = kind === "agent" && backend === "inline";
  if ((spec.recovery ?? spec.member) === undefined || (times.length === 0 && !inKernel)) return undefined;
  return { times, maxRestarts: restart.maxRestarts, withinMs: restart.withinMs, inKernel };
}
