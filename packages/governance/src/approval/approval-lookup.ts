/** What the approvals that are kept say now: which stand, which cover a call, and who asked. Changes nothing. */
import type { Approval, ApprovalDraft, ApprovalState, Defer, Subject } from "@weftos/interface";
import { type Authority, isAgreed, type Requester } from "./approval-authority.ts";
import { approvalDigest } from "./approval-digest.ts";
import { asksTheSame } from "./approval-question.ts";
import { isOpen } from "./approval-record.ts";
import type { KeptApprovals } from "./kept-approvals.ts";
import type { SteadyTime } from "./steady-time.ts";

/** What it looks at. */
export interface LookupInit {
  readonly kept: KeptApprovals;
  readonly time: SteadyTime;
  /** Open questions and approvals that go to who asked for them, who waits. */
  readonly taken: ReadonlySet<string>;
  readonly rules: Authority & { readonly startedBy: (subject: Subject) => string | undefined };
}

export class ApprovalLookup {
  readonly #of: LookupInit;

  constructor(of: LookupInit) {
    this.#of = of;
  }

  find(id: string): Approval | undefined {
    const entry = this.#of.kept.get(id);
    return entry === undefined ? undefined : this.view(entry.approval);
  }

  list(filter: { readonly state?: ApprovalState | undefined } = {}): readonly Approval[] {
    const all = this.#of.kept.all().map((entry) => this.view(entry.approval));
    return filter.state === undefined ? all : all.filter((approval) => approval.state === filter.state);
  }

  covering(draft: ApprovalDraft, terms?: Defer): Approval | undefined {
    const counts = (found: Approval | undefined): found is Approval =>
      found !== undefined && isAgreed(this.#of.rules, found, terms, this.requester(draft, found));
    const standing = this.#of.kept.covering(draft).map((id) => this.find(id));
    return standing.find(counts) ?? this.#givenTo(draft).find(counts);
  }

  holds(id: string, terms?: Defer): boolean {
    const approval = this.find(id);
    if (approval === undefined) return !this.#of.kept.tookBack(id);
    if (approval.state === "standing") return isAgreed(this.#of.rules, approval, terms);
    return approval.state !== "revoked" && approval.state !== "denied";
  }

  /** Tells on whose account somebody asked last; undefined when no question of theirs is known. */
  accountOf({ kind, id }: Subject): string | undefined {
    return this.#of.kept
      .all()
      .findLast(({ approval: { request } }) => request.subject.kind === kind && request.subject.id === id)?.account;
  }

  /** Approvals of exactly this draft that were given and not used: the named one, or those that it would be covered by. */
  given(id: string | undefined, draft: ApprovalDraft): readonly Approval[] {
    if (id === undefined) return this.#givenTo(draft);
    const named = this.find(id);
    return named?.state === "approved" && named.digest === approvalDigest(draft) ? [named] : [];
  }

  /** Single approvals of exactly this draft that wait to be used; none for a caller who waits for an answer of its own. */
  #givenTo(draft: ApprovalDraft): readonly Approval[] {
    const given = this.list({ state: "approved" }).filter(({ id }) => !this.#of.taken.has(id));
    if (draft.repeats !== true || given.length === 0) return [];
    const digest = approvalDigest(draft);
    return given.filter((approval) => approval.digest === digest && approval.agent === draft.agent);
  }

  /** Who acts now; of one that is gone, who started it is known from its question. */
  requester({ request: { subject } }: ApprovalDraft, asked?: Approval): Requester {
    const { kind, id } = asked?.request.subject ?? {};
    const then = kind === subject.kind && id === subject.id ? asked?.principal : undefined;
    return { subject, principal: this.#of.rules.startedBy(subject) ?? then };
  }

  /** What holds now, whether or not the expiry was seen yet. */
  view(approval: Approval): Approval {
    return isOpen(approval) && this.#of.time.now() >= approval.expiresAt ? { ...approval, state: "expired" } : approval;
  }

  /** A question about the same, to the same people, whose answer nobody waits for. */
  pendingLike(asked: Approval): Approval | undefined {
    return this.#of.kept.all().find(({ approval }) => !this.#of.taken.has(approval.id) && asksTheSame(approval, asked))
      ?.approval;
  }
}
