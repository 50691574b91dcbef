/** What of a decision enters the audit log, and what a caller learns of a refusal. Pure. */
import type { Actor, AuditEvent } from "../audit/audit-log.ts";
import type { Decision } from "../gate/decision.ts";
import type { JsonObject } from "../schema/json-value.ts";
import type { ActionDeclaration, ActionRequest } from "./action.ts";
import type { RefusalDetails } from "./refusals.ts";

const MAX_ACTION_LENGTH = 128;
const MAX_RESOURCE_LENGTH = 1024;

/** A request with what only its record needs. */
export interface Recordable extends ActionRequest {
  readonly actor?: Actor | undefined;
  readonly trace?: string | undefined;
}

/** The facts of a refusal. */
export function refusalDetails(call: ActionRequest, decision: Decision): RefusalDetails {
  return {
    action: call.action,
    resource: call.resource.slice(0, MAX_RESOURCE_LENGTH),
    subject: `${call.subject.kind}:${call.subject.id}`,
    rules: decision.rules.map((rule) => rule.id),
  };
}

/** The record of a decision: inputs, effect, verdict, rules, policy, reason. */
export function decisionPayload(
  call: ActionRequest,
  declaration: ActionDeclaration | undefined,
  decision: Decision,
  approval: string | undefined,
): JsonObject {
  return {
    action: call.action.slice(0, MAX_ACTION_LENGTH),
    subject: `${call.subject.kind}:${call.subject.id}`,
    resource: call.resource.slice(0, MAX_RESOURCE_LENGTH),
    attributes: recordable(call.attributes),
    effect: declaration === undefined ? {} : recordable(declaration.effect),
    verdict: decision.verdict,
    rules: decision.rules.map((rule) => rule.id),
    policy: decision.policy,
    reason: decision.reason,
    ...(decision.verdict === "permit" && decision.warnings.length > 0 ? { warnings: decision.warnings } : {}),
    ...(approval === undefined ? {} : { approval }),
  };
}

/** The chain holds no fractions: they are written as text. */
function recordable(facts: Readonly<Record<string, string | number | boolean>>): JsonObject {
  const entries = Object.entries(facts).map(([name, value]) => [
    name,
    typeof value === "number" && !Number.isSafeInteger(value) ? String(value) : value,
  ]);
  return Object.fromEntries(entries) as JsonObject;
}

/** The event of a call: who acted, and what there is to say. */
export function eventOf(call: Recordable, kind: string, payload: JsonObject): AuditEvent {
  const { kind: who, id } = call.subject;
  const acting = who === "process" ? { pid: Number(id) } : who === "principal" ? { principal: id } : { pid: 0 };
  return {
    source: call.action.split(".", 1)[0] ?? "kernel",
    kind,
    actor: { ...acting, ...call.actor },
    payload,
    trace: call.trace,
  };
}
