/** Makes the question that is put to people out of what somebody wants to do. Pure. */
import type { Approval, ApprovalDraft, Defer } from "@weftos/interface";
import { approvalDigest } from "./approval-digest.ts";
import { standingDigest } from "./standing-grants.ts";

/** A copy of a draft that nobody else holds; what JSON cannot say is dropped. */
export function copyOf(draft: ApprovalDraft): ApprovalDraft {
  const { action, subject, resource, attributes } = draft.request;
  const copy: ApprovalDraft = structuredClone({
    request: { action, subject: { ...subject }, resource, attributes: { ...attributes } },
    effect: draft.effect === undefined ? undefined : { ...draft.effect },
    display: draft.display,
    input: draft.input,
    rights: draft.rights,
    agent: draft.agent,
    standing: draft.standing,
  });
  return copy;
}

/** Gives the pending approval of a draft that nobody else holds. */
export function questionOf(
  draft: ApprovalDraft,
  defer: Defer,
  { id, now, principal }: { id: string; now: number; principal?: string | undefined },
): Approval {
  return {
    id,
    state: "pending",
    request: draft.request,
    agent: draft.agent,
    ...(principal === undefined ? {} : { principal }),
    ...(draft.effect === undefined ? {} : { effect: draft.effect }),
    display: draft.display,
    reason: defer.reason,
    rules: defer.rules.map((rule) => rule.id),
    digest: approvalDigest(draft),
    to: defer.to,
    ...(defer.approvers === undefined ? {} : { approvers: [...defer.approvers] }),
    quorum: defer.quorum,
    stored: draft.input !== undefined,
    createdAt: now,
    expiresAt: now + defer.expiresMs,
    answers: [],
    ...standingOf(draft),
  };
}

/** Whether two pending questions are about the same, to the same people. */
export function asksTheSame(one: Approval, other: Approval): boolean {
  const put = ({ digest, to, quorum, approvers, agent, standing }: Approval): string =>
    JSON.stringify([digest, to, quorum, approvers ?? [], agent ?? "", standing?.digest ?? ""]);
  return one.state === other.state && one.digest === other.digest && put(one) === put(other);
}

function standingOf(draft: ApprovalDraft): Pick<Approval, "standing"> {
  const digest = standingDigest(draft);
  if (draft.standing === undefined || digest === undefined) return {};
  const { kind, name } = draft.standing;
  return { standing: { kind, name, digest } };
}
