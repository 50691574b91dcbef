/** How a process is shown to wires and the command line: with what is known of it, and what is not. */
import { type JsonObject, type JsonValue, type ProcessInfo, toPid } from "@weftos/interface";
import { ProcessNotFoundError } from "./process-errors.ts";
import type { ProcessService } from "./process-service.ts";

/** Finds what is to be shown. @throws PROCESS_NOT_FOUND */
export function found(service: ProcessService, target: number): ProcessInfo {
  const info = service.find(toPid(target));
  if (info === undefined) throw new ProcessNotFoundError(`there is no process ${target}`, { details: { pid: target } });
  return info;
}

/** Shows one process with its rights, its limits and what it used. */
export function inspect(service: ProcessService, info: ProcessInfo): JsonObject {
  const backends = service.backends();
  const backend = backends.find(({ name }) => name === info.backend);
  const usage = service.usage(info.pid);
  const shown = {
    ...rowOf(info),
    agency: usage?.agency ?? null,
    restart: usage?.restart ?? null,
    probes: usage?.probes ?? null,
    mailboxLimit: usage?.mailboxLimit ?? null,
    topics: usage?.topics ?? [],
    profile: usage?.profile ?? null,
    confined: backend?.confines ?? [],
    capabilities: info.capabilities,
    // Part of these, each until it ends.
    elevations: usage?.elevations ?? [],
    limits: usage?.limits ?? {},
    defaultLimits: usage?.defaultLimits ?? [],
    // Which limits cannot be held here, and where they could.
    unlimitable: (["memory", "cpu"] as const).filter(
      (what) => backend !== undefined && !backend.measures.includes(what),
    ),
    limitedBy: backends.filter(({ measures }) => measures.length > 0).map(({ name }) => name),
    usage:
      usage === undefined
        ? null
        : {
            cpuMs: usage.cpuMs ?? null,
            memoryBytes: usage.memoryBytes ?? null,
            wallMs: usage.wallMs ?? null,
            diskBytes: usage.diskBytes,
            mailbox: usage.mailbox,
            sent: usage.sent,
            toolCalls: usage.toolCalls,
          },
    budget: usage === undefined || usage.account === 0 ? null : service.budgets.remaining(usage.account),
  };
  return JSON.parse(JSON.stringify(shown)) as JsonObject;
}

/** Shows one process in a list. */
export function rowOf(info: ProcessInfo): { readonly [key: string]: JsonValue } {
  const { pid: id, name, state, activity, ready, parent, principal, backend, restarts, startedAt, exit } = info;
  return {
    pid: id,
    name,
    state,
    activity: activity === undefined ? null : { ...activity },
    ready,
    parent: parent ?? null,
    principal: principal ?? null,
    backend,
    restarts,
    startedAt,
    exit: exit === undefined ? null : exit.kind === "crash" ? { ...exit, code: exit.code ?? null } : plain(exit),
  };
}

function plain(exit: object): JsonValue {
  return JSON.parse(JSON.stringify(exit)) as JsonValue;
}
