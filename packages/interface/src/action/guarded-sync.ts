/** The guarded action at once, for the many small acts: messages, small reads. */
import type { Permit } from "../gate/decision.ts";
import type { ActionDeclaration } from "./action.ts";
import { ask, codeOf, levelOf, levels, refuse } from "./admission.ts";
import { decisionPayload, eventOf } from "./decision-record.ts";
import type { DigestCall } from "./guard.ts";
import type { GuardPorts } from "./guard-ports.ts";

/**
 * As {@link guarded}, at once, for actions declared `digest` or `none`: a message, a small read. Nothing can be asked of a
 * person here, so a defer is a refusal; an environment can raise the record to an event, not to one awaited on disk.
 *
 * @throws `CAPABILITY_DENIED`, `GOVERNANCE_DENIED`, `CHAIN_*` of the audit log, and what `run` throws
 */
export function guardedSync<T>(ports: GuardPorts, call: DigestCall, run: () => T): T {
  const { declaration, decision } = ask(ports, call);
  if (levels[declaration.audit] > levels.digest) {
    const reason = `${call.action} is declared ${declaration.audit} and must wait for its record`;
    throw refuse(ports, call, { ...decision, verdict: "deny", by: "default", suspend: false, reason });
  }
  if (decision.verdict === "defer") {
    throw refuse(ports, call, { ...decision, verdict: "deny", by: "rule", suspend: false });
  }
  ports.count("permit");
  if (decision.warnings.length > 0) ports.warned(call, decision.warnings);
  if (declaration.accumulates === true) ports.admitted(call, declaration);
  let output: T;
  try {
    output = run();
  } catch (error) {
    recordSync(ports, call, declaration, decision, { outcome: "failed", error: codeOf(error) });
    throw error;
  }
  if (call.settles !== undefined && levelOf(call, declaration, decision) === "digest") {
    const { actorPid: actor, target, bytes } = call;
    call.settles((action, outcome) => {
      ports.audit.digest({ action, actor, target, bytes, outcome, time: ports.clock.now() });
    });
    return output;
  }
  recordSync(ports, call, declaration, decision, { outcome: "ok" });
  return output;
}

/** A small act leaves a digest record; where the environment asks for more, an event. Nothing here can wait for the disk. */
function recordSync(
  ports: GuardPorts,
  call: DigestCall,
  declaration: ActionDeclaration,
  permit: Permit,
  outcome: { readonly outcome: "ok" } | { readonly outcome: "failed"; readonly error: string },
): void {
  const level = levelOf(call, declaration, permit);
  if (level === "none") return;
  if (level === "digest") {
    const { action, actorPid: actor, target, bytes } = call;
    ports.audit.digest({ action, actor, target, bytes, outcome: outcome.outcome, time: ports.clock.now() });
    return;
  }
  const payload = { ...decisionPayload(call, declaration, permit, undefined), ...outcome };
  ports.audit.append(eventOf(call, declaration.event ?? declaration.name, payload));
}
