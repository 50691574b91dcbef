/**
 * The guarded action at once, for the many small acts: messages, small reads. It runs for every message: on the way of what is
 * permitted it makes no object but the record.
 */
import type { Permit } from "../gate/decision.ts";
import type { ActionDeclaration, AuditLevel } from "./action.ts";
import { ask, codeOf, declarationOf, levelOf, levels, refuse } from "./admission.ts";
import { decisionPayload, eventOf } from "./decision-record.ts";
import type { DigestCall, HeldRecord } from "./guard.ts";
import type { GuardPorts } from "./guard-ports.ts";

/**
 * As {@link guarded}, at once, for actions declared `digest` or `none`: a message, a small read. Nothing can be asked of a
 * person here, so a defer is a refusal; an environment can raise the record to an event, not to one awaited on disk.
 *
 * @throws `CAPABILITY_DENIED`, `GOVERNANCE_DENIED`, `CHAIN_*` of the audit log, and what `run` throws
 */
export function guardedSync<T>(ports: GuardPorts, call: DigestCall, run: () => T): T {
  const declaration = declarationOf(ports, call);
  const decision = ask(ports, call, declaration);
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
  const level = levelOf(call, declaration, decision);
  let output: T;
  try {
    output = run();
  } catch (error) {
    if (level === "digest") writeDigest(ports, call, call.action, "failed", call.time);
    else recordEvent(ports, call, declaration, decision, level, { outcome: "failed", error: codeOf(error) });
    throw error;
  }
  if (level !== "digest") recordEvent(ports, call, declaration, decision, level, { outcome: "ok" });
  else if (call.settles === undefined) writeDigest(ports, call, call.action, "ok", call.time);
  else call.settles.holdRecord(new HeldDigest(ports, call));
  return output;
}

/** A digest record that waits until it is known how far its act came. */
class HeldDigest implements HeldRecord {
  readonly #ports: GuardPorts;
  readonly #call: DigestCall;

  constructor(ports: GuardPorts, call: DigestCall) {
    this.#ports = ports;
    this.#call = call;
  }

  write(action: string, outcome: "ok" | "failed", time?: number): void {
    writeDigest(this.#ports, this.#call, action, outcome, time);
  }
}

function writeDigest(
  ports: GuardPorts,
  { actorPid: actor, target, bytes }: DigestCall,
  action: string,
  outcome: "ok" | "failed",
  time: number | undefined,
): void {
  ports.audit.digest({ action, actor, target, bytes, outcome, time: time ?? ports.clock.now() });
}

/** Where the environment asks for more than a digest record, an event. Nothing here can wait for the disk. */
function recordEvent(
  ports: GuardPorts,
  call: DigestCall,
  declaration: ActionDeclaration,
  permit: Permit,
  level: AuditLevel,
  outcome: { readonly outcome: "ok" } | { readonly outcome: "failed"; readonly error: string },
): void {
  if (level === "none") return;
  const payload = { ...decisionPayload(call, declaration, permit, undefined), ...outcome };
  ports.audit.append(eventOf(call, declaration.event ?? declaration.name, payload));
}
