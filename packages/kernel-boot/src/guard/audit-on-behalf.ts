/**
 * Names, beside an agent or the kernel, the principal on whose authority it acts: the owner of the state directory. What every
 * feature and the guard append goes through here; an event that names somebody stays as it is.
 */
import type { AuditEvent, AuditLog } from "@weftos/interface";

/**
 * Makes the log that features see.
 *
 * @param owner - name of the owner; undefined while nobody is known
 */
export function auditOnBehalf(log: AuditLog, owner: () => string | undefined): AuditLog {
  return {
    append: (event) => log.append(named(event, owner)),
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

function named(event: AuditEvent, owner: () => string | undefined): AuditEvent {
  if (event.actor.principal !== undefined) return event;
  const principal = owner();
  return principal === undefined ? event : { ...event, actor: { ...event.actor, principal } };
}
