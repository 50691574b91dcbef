/** What of a decision enters the audit log, and what a caller learns of a refusal. Pure. */
import type { Actor, AuditEvent } from "../audit/audit-log.ts";
import type { Decision } from "../gate/decision.ts";
import type { JsonObject, JsonValue } from "../schema/json-value.ts";
import type { ActionDeclaration, ActionRequest, AuditLevel } from "./action.ts";
import { recordable, recordableText } from "./recordable.ts";
import type { RefusalDetails } from "./refusals.ts";

const MAX_ACTION_LENGTH = 128;
const MAX_RESOURCE_LENGTH = 1024;
const MAX_SUBJECT_LENGTH = 512;
const MAX_REASON_LENGTH = 4096;
const MAX_RULES = 256;
const MAX_SOURCE_LENGTH = 64;
const MAX_FRACTIONS = 64;
const MAX_NAME_LENGTH = 4096;
/** A text that could be taken for a number that was written as text. */
const FRACTION = /^-?\d+\.\d+(e[+-]?\d+)?$/;
const MAX_AGENT_LENGTH = 128;
const MAX_PRINCIPAL_LENGTH = 256;
const TRACE = /^[0-9a-f]{32}-[0-9a-f]{16}$/;

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
  const { subject } = call;
  // No spread of what may be there: this is done for every recorded act.
  const payload: Record<string, JsonValue> = {
    action: recordableText(call.action, MAX_ACTION_LENGTH),
    subject: recordableText(`${subject.kind}:${subject.id}`, MAX_SUBJECT_LENGTH),
    resource: recordableText(call.resource, MAX_RESOURCE_LENGTH),
    attributes: recordable(call.attributes),
    effect: declaration === undefined ? {} : recordable(declaration.effect),
    verdict: decision.verdict,
    rules: decision.rules.slice(0, MAX_RULES).map((rule) => rule.id),
    policy: decision.policy,
    reason: recordableText(decision.reason, MAX_REASON_LENGTH),
  };
  const fractions = fractionsOf(call.attributes);
  if (fractions !== undefined) payload.fractions = fractions;
  if (subject.role !== undefined) payload.role = subject.role;
  if (decision.rules.length > 0) payload.branches = decision.rules.slice(0, MAX_RULES).map((rule) => rule.branch);
  const obligations = obligationsOf(decision);
  if (obligations.length > 0) payload.obligations = obligations;
  if (decision.verdict === "permit" && decision.warnings.length > 0)
    Object.assign(payload, recordable({ warnings: decision.warnings }));
  if (approval !== undefined) payload.approval = approval;
  if (decision.account !== undefined) payload.account = recordableText(decision.account, MAX_SUBJECT_LENGTH);
  return payload;
}

/**
 * Names the attributes that are written as text and are numbers: the first 64 of them. Undefined where nothing that is written could be
 * taken for one.
 */
function fractionsOf(attributes: ActionRequest["attributes"]): readonly string[] | undefined {
  let names: string[] | undefined;
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (typeof value === "number") {
      if (Number.isSafeInteger(value)) continue;
      names ??= [];
      if (names.length < MAX_FRACTIONS) names.push(recordableText(name, MAX_NAME_LENGTH));
    } else if (typeof value === "string" && FRACTION.test(value)) names ??= [];
  }
  return names;
}

/** What a decision demands beside itself. */
function obligationsOf(decision: Decision): readonly string[] {
  switch (decision.verdict) {
    case "permit":
      return levelObligation(decision.audit);
    case "defer": {
      const { approvers, to, quorum, expiresMs, audit } = decision;
      const whom = recordableText(approvers?.join("|") ?? to, MAX_SUBJECT_LENGTH);
      return [`approval:${quorum}:${whom}`, `within:${expiresMs}`, ...levelObligation(audit)];
    }
    case "deny":
      return decision.suspend ? ["suspend"] : [];
  }
}

function levelObligation(audit: AuditLevel | undefined): readonly string[] {
  return audit === undefined || audit === "none" ? [] : [`record:${audit}`];
}

/** The event of a call: who acted, and what there is to say. */
export function eventOf(call: Recordable, kind: string, payload: JsonObject): AuditEvent {
  const { kind: who, id } = call.subject;
  const acting = actingAs(who, id);
  const actor = call.actor === undefined ? acting : { ...acting, ...call.actor };
  const dot = call.action.indexOf(".");
  return {
    source: recordableText((dot < 0 ? call.action : call.action.slice(0, dot)) || "kernel", MAX_SOURCE_LENGTH),
    kind,
    actor: actor.agent === undefined ? actor : { ...actor, agent: recordableText(actor.agent, MAX_AGENT_LENGTH) },
    payload,
    trace: call.trace !== undefined && TRACE.test(call.trace) ? call.trace : undefined,
  };
}

/** Whose act it is; an id that is no PID is told by the payload's subject alone. */
function actingAs(kind: ActionRequest["subject"]["kind"], id: string): Actor {
  if (kind === "principal") return { principal: recordableText(id, MAX_PRINCIPAL_LENGTH) };
  if (kind !== "process") return { pid: 0 };
  const pid = Number(id);
  return Number.isSafeInteger(pid) && pid >= 0 ? { pid } : {};
}
