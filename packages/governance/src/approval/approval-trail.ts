/** Tells the audit log what nobody answered for: that an approval was used up, or ran out of time. */
import type { Actor, Approval, AuditLog, Logger } from "@weftos/interface";

export class ApprovalTrail {
  readonly #audit: () => Pick<AuditLog, "append">;
  readonly #logger: Logger;

  constructor(init: { readonly audit: () => Pick<AuditLog, "append">; readonly logger: Logger }) {
    this.#audit = init.audit;
    this.#logger = init.logger;
  }

  /** Records an end. What cannot be recorded is logged: the approval has ended in its journal all the same. */
  ended(kind: "approval.use" | "approval.expire", approval: Approval, more: Readonly<Record<string, string>>): void {
    const { id, digest, request } = approval;
    const fail = (error: unknown): void => {
      this.#logger.error("a change of an approval could not be recorded", { approval: id, error: String(error) });
    };
    try {
      this.#audit()
        .append({
          source: "approval",
          kind,
          actor: actorOf(approval),
          payload: { approval: id, action: request.action, digest, ...more },
          idempotencyKey: `${kind}:${id}`,
        })
        .durable.catch(fail);
    } catch (error) {
      fail(error);
    }
  }
}

function actorOf({ request: { subject }, agent }: Approval): Actor {
  const actor =
    subject.kind === "process"
      ? { pid: Number(subject.id) }
      : subject.kind === "principal"
        ? { principal: subject.id }
        : {};
  return agent === undefined ? actor : { ...actor, agent };
}
