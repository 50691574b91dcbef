/**
 * Names, beside an agent or the kernel, the principal on whose authority it acts: who started the agent, or else the owner of the
 * state directory. What every feature and the guard append goes through here; an event that names somebody stays as it is.
 */
import type { AuditEvent, AuditLog } from "@weftos/interface";

/** On whose authority things are done. */
export interface Authorities {
  /** Name of the owner; undefined while nobody is known. */
  readonly owner: () => string | undefined;
  /** Name of who started a process; undefined for one of the kernel's own, and one that is not known. */
  readonly starter: (pid: number) => string | undefined;
}

/** Makes the log that features see. */
export function auditOnBehalf(log: AuditLog, authorities: Authorities): AuditLog {
  return {
    append: (event) => log.append(named(event, authorities)),
    digest: (record) => log.digest(record),
    ready: () => log.ready(),
    persistent: log.persistent,
    get failure() {
      return log.failure;
    },
    get continues() {
      return log.continues;
    },
  };
}

function named(event: AuditEvent, { owner, starter }: Authorities): AuditEvent {
  const { principal: given, pid = 0 } = event.actor;
  if (given !== undefined) return event;
  const principal = (pid > 0 ? starter(pid) : undefined) ?? owner();
  return principal === undefined ? event : { ...event, actor: { ...event.actor, principal } };
}
