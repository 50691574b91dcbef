/**
 * The one order in which everything privileged happens: capability check → gate → audit the intent → run → audit the
 * outcome. There is no other path; the kernel's `Guard` is this function with the kernel's ports.
 */
import { isWeftError } from "../error/weft-error.ts";
import type { Approval, ApprovalDraft, StandingTerms } from "../gate/approvals.ts";
import type { Defer, Permit } from "../gate/decision.ts";
import type { JsonObject } from "../schema/json-value.ts";
import type { ActionDeclaration } from "./action.ts";
import { ask, codeOf, declarationOf, levelOf, recordRefusal, refuse, unapproved } from "./admission.ts";
import { decisionPayload, eventOf, refusalDetails } from "./decision-record.ts";
import type { Grant, GuardedCall } from "./guard.ts";
import type { GuardPorts } from "./guard-ports.ts";
import { recordable } from "./recordable.ts";
import {
  ApprovalDeniedError,
  ApprovalExpiredError,
  ApprovalPendingError,
  CapabilityDeniedError,
  GovernanceDeniedError,
} from "./refusals.ts";
import { shownJson, shownText } from "./shown-json.ts";

/**
 * Runs `run` if capabilities, gates and, where one must be asked, a person permit it, and records it.
 *
 * @param ports - the kernel's ports
 * @param call - who does what on what; see {@link GuardedCall}
 * @param run - the privileged work; it is never called when the action is refused, pending or cannot be recorded
 * @returns what `run` gives
 * @throws `CAPABILITY_DENIED`, `GOVERNANCE_DENIED`, `APPROVAL_PENDING`, `APPROVAL_DENIED`, `APPROVAL_EXPIRED`, other
 *   `APPROVAL_*` of `Approvals.redeem`, `CHAIN_*` of the audit log, and what `run` throws
 */
export async function guarded<T>(
  ports: GuardPorts,
  call: GuardedCall<T>,
  run: (grant: Grant) => T | Promise<T>,
): Promise<T> {
  call.signal?.throwIfAborted();
  const admitted = admit(ports, call);
  const { permit, declaration, approval } = admitted instanceof Promise ? await admitted : admitted;
  if (permit.warnings.length > 0) ports.warned(call, permit.warnings);
  const level = levelOf(call, declaration, permit);
  if (level === "none") return await runWarned(call, { permit, intent: undefined, approval }, run);
  await ports.audit.ready();
  const kind = declaration.event ?? declaration.name;
  if (level === "durable") {
    const receipt = ports.audit.append(
      eventOf(call, "action.intent", decisionPayload(call, declaration, permit, approval)),
    );
    await receipt.durable;
    const intent = receipt.sequence;
    const record = (outcome: JsonObject): Promise<void> =>
      ports.audit.append(eventOf(call, kind, { intent, action: call.action, ...outcome })).durable;
    return await runRecorded(call, { permit, intent, approval }, run, record);
  }
  const record = (outcome: JsonObject): void => {
    if (level === "digest") recordDigest(ports, call, outcome);
    else
      ports.audit.append(
        eventOf(call, kind, Object.assign(decisionPayload(call, declaration, permit, approval), outcome)),
      );
  };
  return await runRecorded(call, { permit, intent: undefined, approval }, run, record);
}

interface Admission {
  readonly permit: Permit;
  readonly declaration: ActionDeclaration;
  readonly approval: string | undefined;
}

/** Asks capability, gates and, where needed, a person; gives a permit, at once where nobody is waited for, or throws the refusal. */
function admit<T>(ports: GuardPorts, call: GuardedCall<T>): Admission | Promise<Admission> {
  try {
    return admitOnce(ports, call);
  } catch (error) {
    return giveUp(ports, call, error);
  }
}

/** Who is told that something is refused must not see it run later: what was approved of it ends. @throws the refusal */
async function giveUp<T>(ports: GuardPorts, call: GuardedCall<T>, error: unknown): Promise<never> {
  const refused = error instanceof CapabilityDeniedError || error instanceof GovernanceDeniedError;
  if (refused && call.barred?.() === undefined && (call.approval !== undefined || call.onDefer !== "wait")) {
    try {
      await ports.approvals.giveUp(
        call.approval,
        { ...draftOf(ports, call), repeats: call.onDefer !== "wait" },
        error.code,
      );
    } catch {
      // What cannot be ended now is refused again when it is tried.
    }
  }
  throw error;
}

function admitOnce<T>(ports: GuardPorts, call: GuardedCall<T>): Admission | Promise<Admission> {
  const declaration = declarationOf(ports, call);
  const decision = ask(ports, call, declaration);
  if (call.under !== undefined) checkUnder(ports, call, call.under, decision);
  if (decision.verdict === "defer" && call.subject.kind !== "kernel")
    return admitDeferred(ports, call, declaration, decision);
  const unbook = book(ports, call, declaration);
  const admission: Admission = {
    declaration,
    approval: call.approval ?? call.under,
    permit: decision.verdict === "permit" ? decision : upkeep(decision),
  };
  if (call.approval === undefined) {
    ports.count("permit");
    return admission;
  }
  // An approval that was given is used up even where the rules no longer ask for one: it must not run a second time.
  return redeem(ports, call, call.approval, unbook).then(() => {
    ports.count("permit");
    return admission;
  });
}

/** Goes on by what was approved, or asks a person. */
async function admitDeferred<T>(
  ports: GuardPorts,
  call: GuardedCall<T>,
  declaration: ActionDeclaration,
  decision: Defer,
): Promise<Admission> {
  if (call.unaskable !== undefined) {
    const reason = `it needs an approval, and nobody can be asked: ${call.unaskable}`;
    throw refuse(ports, call, { ...decision, verdict: "deny", by: "default", suspend: false, reason });
  }
  const granted = call.approval ?? covering(ports, call, decision);
  if (granted !== undefined) {
    try {
      const approval = await redeem(ports, call, granted, book(ports, call, declaration), decision);
      ports.count("permit");
      return { declaration, approval: approval.id, permit: approved(decision, approval) };
    } catch (error) {
      if (!isTaken(call, error)) throw error;
    }
  }
  const pending = await orRefused(ports, call, () =>
    ports.approvals.ask({ ...draftOf(ports, call), repeats: call.onDefer !== "wait" }, decision),
  );
  ports.count("defer");
  const recorded = ports.audit.append(
    eventOf(call, "governance.defer", {
      ...decisionPayload(call, declaration, decision, pending.id),
      expiresAt: pending.expiresAt,
    }),
  );
  await recorded.durable;
  const details = { ...refusalDetails(call, decision), approval: pending.id };
  if (call.onDefer !== "wait") {
    throw new ApprovalPendingError(`${call.action} waits for approval ${pending.id}: ${decision.reason}`, {
      details,
      retryable: true,
    });
  }
  const answered = await ports.approvals.wait(pending.id, { signal: call.signal });
  if (answered.state === "denied") throw new ApprovalDeniedError(`approval ${pending.id} was denied`, { details });
  if (answered.state === "expired") {
    throw new ApprovalExpiredError(`approval ${pending.id} expired unanswered`, { details: { approval: pending.id } });
  }
  // Time has passed: rights and rules are asked again before the approval is used up.
  return await admit(ports, { ...call, approval: pending.id });
}

/**
 * Adds the effect to what the requester did lately, where the action asks for it; an act that fails afterwards stays booked.
 * Called in the same step as the decision: calls made together are not all decided before the first is booked.
 *
 * @returns what takes it back
 */
function book<T>(ports: GuardPorts, call: GuardedCall<T>, declaration: ActionDeclaration): (() => void) | undefined {
  return declaration.accumulates === true ? ports.admitted(call, declaration) : undefined;
}

/** What was approved goes on while its approval holds. */
function checkUnder<T>(ports: GuardPorts, call: GuardedCall<T>, under: string, decision: Permit | Defer): void {
  const holds = ports.approvals.holds(under, decision.verdict === "defer" ? decision : undefined);
  if (holds && call.subject.kind === "kernel") return;
  const state = ports.approvals.find(under)?.state;
  const ended = state === "standing" ? "has too few answers that count now" : `is ${state ?? "revoked"}`;
  const why = holds ? "only the kernel itself goes on under an approval" : `approval ${under} ${ended}`;
  const error = new ApprovalDeniedError(`${call.action} is refused: ${why}`, {
    details: { ...refusalDetails(call, decision), approval: under },
  });
  recordRefusal(ports, call, unapproved(error));
  throw error;
}

/** What was granted for a call that cites nothing: to its document, or to exactly this when it was asked about before. */
function covering<T>(ports: GuardPorts, call: GuardedCall<T>, terms: Defer): string | undefined {
  return ports.approvals.covering({ ...draftOf(ports, call), repeats: call.onDefer !== "wait" }, terms)?.id;
}

/** Uses an approval up. It is not spent on an action that the log could not record; where it does not hold, nothing is booked. */
async function redeem<T>(
  ports: GuardPorts,
  call: GuardedCall<T>,
  approval: string,
  unbook: (() => void) | undefined,
  terms?: Defer,
): Promise<Approval> {
  try {
    await ports.audit.ready();
    return await orRefused(ports, call, () => ports.approvals.redeem(approval, draftOf(ports, call), terms));
  } catch (error) {
    unbook?.();
    throw error;
  }
}

/** A question that cannot be put, and an approval that does not hold, are refusals: counted, recorded and told. */
async function orRefused<T>(ports: GuardPorts, call: GuardedCall<T>, step: () => Promise<Approval>): Promise<Approval> {
  try {
    return await step();
  } catch (error) {
    if (!isTaken(call, error)) recordRefusal(ports, call, unapproved(error));
    throw error;
  }
}

/** Of calls made together that name no approval, the one that was found for all of them is used by one: the others ask. */
function isTaken({ approval }: Pick<GuardedCall<never>, "approval">, error: unknown): boolean {
  return approval === undefined && isWeftError(error, "APPROVAL_USED");
}

/** The kernel's own upkeep is never deferred: it runs, and the record says that a rule would have asked. */
function upkeep(defer: Defer): Permit {
  return {
    ...defer,
    verdict: "permit",
    warnings: [`not deferred for the kernel itself: ${defer.reason}`, ...(defer.warnings ?? [])],
    cacheable: false,
  };
}

function approved(defer: Defer, approval: Approval): Permit {
  const names = approval.answers.filter((answer) => answer.verdict === "approve").map((answer) => answer.principal);
  const { standing } = approval;
  const reason =
    approval.state === "standing" && standing !== undefined
      ? `covered by the standing grant of ${names.join(", ")} for the ${standing.kind} ${standing.name}`
      : `approved by ${names.join(", ")}`;
  return { ...defer, verdict: "permit", reason, warnings: defer.warnings ?? [], cacheable: false };
}

function draftOf<T>(ports: GuardPorts, call: GuardedCall<T>): ApprovalDraft {
  const { action, subject, resource, attributes } = call;
  const { standing, shows } = call;
  const facts = shows === undefined ? attributes : { ...attributes, ...shows };
  const display = call.display ?? `${action} on ${shownText(resource)}\n${shownJson(facts)}`;
  return {
    request: { action, subject, resource, attributes },
    effect: ports.catalogue.find(action)?.effect,
    display: standing === undefined ? display : `${display}\n${shownStanding(standing)}`,
    input: call.storedInput,
    rights: call.rights ?? ports.capabilities.snapshot(subject),
    agent: call.actor?.agent,
    standing,
  };
}

function shownStanding({ kind, name, document }: StandingTerms): string {
  return `under the ${kind} ${shownText(name)}:\n${shownJson(document)}`;
}

async function runRecorded<T>(
  call: GuardedCall<T>,
  grant: Grant,
  run: (grant: Grant) => T | Promise<T>,
  record: (outcome: JsonObject) => void | Promise<void>,
): Promise<T> {
  let output: T;
  try {
    output = await runWarned(call, grant, run);
  } catch (error) {
    await record({ outcome: "failed", error: codeOf(error) });
    throw error;
  }
  const recorded = record(okOf(call, output));
  if (recorded !== undefined) await recorded;
  return output;
}

function runWarned<T>(call: GuardedCall<T>, grant: Grant, run: (grant: Grant) => T | Promise<T>): T | Promise<T> {
  const { warnings } = grant.permit;
  if (warnings.length > 0) call.onWarnings?.(warnings);
  return run(grant);
}

/** What ran is recorded even where it cannot be summed up. */
function okOf<T>(call: GuardedCall<T>, output: T): JsonObject {
  try {
    const summary = call.summary?.(output);
    return summary === undefined ? { outcome: "ok" } : { outcome: "ok", result: recordable(summary) };
  } catch (error) {
    return { outcome: "ok", summaryFailed: codeOf(error) };
  }
}

function recordDigest<T>(ports: GuardPorts, call: GuardedCall<T>, outcome: JsonObject): void {
  const bytes = call.attributes.bytes;
  ports.audit.digest({
    action: call.action,
    actor: call.subject.kind === "process" ? Number(call.subject.id) : 0,
    target: call.resource,
    bytes: typeof bytes === "number" ? bytes : 0,
    outcome: outcome.outcome === "ok" ? "ok" : "failed",
    time: ports.clock.now(),
  });
}
