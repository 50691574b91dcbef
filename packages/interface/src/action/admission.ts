/** The first half of the guarded action: what is known of it, the capability check, the gates. Fails closed everywhere. */
import { isWeftError } from "../error/weft-error.ts";
import type { Decision, Defer, Deny, Permit } from "../gate/decision.ts";
import type { JsonValue } from "../schema/json-value.ts";
import type { ActionDeclaration, ActionRequest, AuditLevel } from "./action.ts";
import { decisionPayload, eventOf, type Recordable, refusalDetails } from "./decision-record.ts";
import type { GuardPorts } from "./guard-ports.ts";
import { CapabilityDeniedError, GovernanceDeniedError } from "./refusals.ts";

/** How much each level records, for comparing. */
export const levels: Readonly<Record<AuditLevel, number>> = { none: 0, digest: 1, logged: 2, durable: 3 };

/** What can be asked about. */
export interface Askable extends Recordable {
  /** Rights stored with an approval, in place of those of a process that is gone. */
  readonly rights?: JsonValue | undefined;
  readonly barred?: (() => string | undefined) | undefined;
}

/** Finds what is known of the action; throws a refusal when that is nothing. */
export function declarationOf(ports: GuardPorts, call: Askable): ActionDeclaration {
  const declaration = ports.catalogue.find(call.action);
  if (declaration === undefined) throw refuse(ports, call, unknownAction(call.action));
  return declaration;
}

/** Asks capability and gates once; throws a refusal. */
export function ask(ports: GuardPorts, call: Askable, declaration: ActionDeclaration): Permit | Defer {
  const barred = call.barred?.();
  const refusal =
    barred === undefined
      ? checkCapability(ports, call, declaration, call.rights)
      : { ...unknownAction(call.action), by: "capability" as const, reason: barred };
  if (refusal !== undefined) throw refuse(ports, call, refusal);
  const decision = decide(ports, call, declaration);
  if (decision.verdict === "deny") throw refuse(ports, call, decision);
  return decision;
}

function checkCapability(
  ports: GuardPorts,
  call: ActionRequest,
  declaration: ActionDeclaration,
  rights: JsonValue | undefined,
): Deny | undefined {
  let reason: string | undefined;
  try {
    reason =
      rights === undefined
        ? ports.capabilities.check(call, declaration)
        : ports.capabilities.checkSnapshot(rights, call, declaration);
  } catch {
    reason = "the capability check failed, which refuses";
  }
  return reason === undefined ? undefined : { ...unknownAction(call.action), by: "capability", reason };
}

function decide(ports: GuardPorts, call: ActionRequest, declaration: ActionDeclaration): Decision {
  try {
    return ports.decide(call, declaration);
  } catch {
    return { ...unknownAction(call.action), reason: "a gate failed, which denies" };
  }
}

function unknownAction(action: string): Deny {
  return {
    verdict: "deny",
    by: "default",
    reason: `the action ${JSON.stringify(action.slice(0, 128))} is not known here`,
    rules: [],
    policy: "",
    suspend: false,
  };
}

/** A refusal as it is recorded: that of a gate or capability, or of the approvals. */
type RefusalRecord = Omit<Deny, "by"> & { readonly by: Deny["by"] | "approval" };

/** The refusal of the approvals: a question that cannot be put, or an approval that does not hold for this call. */
export function unapproved(error: unknown): RefusalRecord {
  const reason = `it needs an approval and has none that holds: ${codeOf(error)}`;
  return { ...unknownAction(""), by: "approval", reason };
}

/** Counts and records a refusal. */
export function recordRefusal(ports: GuardPorts, call: Recordable, refusal: RefusalRecord): void {
  ports.count("deny");
  const { by, ...deny } = refusal;
  const decision = { ...deny, by: "default" } as const;
  const declaration = ports.catalogue.find(call.action);
  const payload = { ...decisionPayload(call, declaration, decision, undefined), by };
  const which = by === "approval" ? deny.reason : (deny.rules[0]?.id ?? "");
  // Names that nobody declared are without number: those of one subject are alike.
  const action = declaration === undefined ? "" : call.action;
  const key = [call.subject.kind, call.subject.id, action, by, which].join("\0");
  ports.recordRefusal(eventOf(call, "governance.deny", payload), key);
}

/** Counts and records a refusal, and gives the error to throw. */
export function refuse(ports: GuardPorts, call: Recordable, deny: Deny): Error {
  recordRefusal(ports, call, deny);
  const details = refusalDetails(call, deny);
  const message = `${call.action} on ${call.resource.slice(0, 256)} is refused: ${deny.reason}`;
  return deny.by === "capability"
    ? new CapabilityDeniedError(message, { details })
    : new GovernanceDeniedError(message, { details: { ...details, by: deny.by } });
}

/**
 * The level to record at: the declared one, or a higher one that the environment asks for. A digest record names its actor by
 * PID alone, so what a principal or another node does is an event.
 */
export function levelOf(call: ActionRequest, declaration: ActionDeclaration, { audit }: Permit): AuditLevel {
  const level = audit !== undefined && levels[audit] > levels[declaration.audit] ? audit : declaration.audit;
  const named = call.subject.kind === "process" || call.subject.kind === "kernel";
  return level === "digest" && !named ? "logged" : level;
}

/** The code of an error; what is not a WeftError has no code to tell. */
export function codeOf(error: unknown): string {
  return isWeftError(error) ? error.code : "UNKNOWN";
}
