/** What of a decision enters the audit log, and what a caller learns of a refusal. Pure. */
import type { Actor, AuditEvent } from "../audit/audit-log.ts";
import type { Decision } from "../gate/decision.ts";
import type { JsonObject } from "../schema/json-value.ts";
import type { ActionDeclaration, ActionRequest, AuditLevel } from "./action.ts";
import { recordable, recordableText } from "./recordable.ts";
import type { RefusalDetails } from "./refusals.ts";

const MAX_ACTION_LENGTH = 128;
const MAX_RESOURCE_LENGTH = 1024;
const MAX_SUBJECT_LENGTH = 512;
const MAX_REASON_LENGTH = 4096;
const MAX_RULES = 256;
const MAX_SOURCE_LENGTH = 64;
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
  return {
    action: recordableText(call.action, MAX_ACTION_LENGTH),
    subject: recordableText(`${call.subject.kind}:${call.subject.id}`, MAX_SUBJECT_LENGTH),
    ...(call.subject.role === undefined ? {} : { role: call.subject.role }),
    resource: recordableText(call.resource, MAX_RESOURCE_LENGTH),
    attributes: recordable(call.attributes),
    effect: declaration === undefined ? {} : recordable(declaration.effect),
    verdict: decision.verdict,
    ...matchedRules(decision),
    policy: decision.policy,
    reason: recordableText(decision.reason, MAX_REASON_LENGTH),
    ...(decision.verdict === "permit" && decision.warnings.length > 0
      ? recordable({ warnings: decision.warnings })
      : {}),
    ...(approval === undefined ? {} : { approval }),
    ...(decision.account === undefined ? {} : { account: recordableText(decision.account, MAX_SUBJECT_LENGTH) }),
  };
}

/** Ids of the rules that matched, their branches in the same order, and what the decision demands beside itself. */
function matchedRules(decision: Decision): JsonObject {
  const rules = decision.rules.slice(0, MAX_RULES);
  const obligations = obligationsOf(decision);
  return {
    rules: rules.map((rule) => rule.id),
    ...(rules.length === 0 ? {} : { branches: rules.map((rule) => rule.branch) }),
    ...(obligations.length === 0 ? {} : { obligations }),
  };
}

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
  const actor = { ...actingAs(who, id), ...call.actor };
  return {
    source: recordableText(call.action.split(".", 1)[0] || "kernel", MAX_SOURCE_LENGTH),
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
