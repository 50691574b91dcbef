/**
 * Keeps approvals: a durable state machine over the journal. Every change is on disk before its promise resolves, and
 * changes happen one after the other. Expiry needs no disk: it follows from the time, and is recorded when it is seen.
 *
 * Limits: 1000 open approvals (100 of one asker: a principal, or a whole spawn tree), 256 KiB for each, 16 MiB in all, 1000
 * waiters on one, 1000 standing grants; 1000 finished ones are remembered, 1000 grants that were taken back, and of 100 000 that.
 */
import { toHex } from "@weftos/crypto";
import type {
  Approval,
  ApprovalDraft,
  ApprovalState,
  Approvals,
  AuditLog,
  Clock,
  Defer,
  Logger,
  Random,
  Role,
  StoredAction,
  Subject,
} from "@weftos/interface";
import { type AnswerStatement, answerStatement } from "../principal/statement.ts";
import { type Authority, checkAgreed, checkApprover, checkRole, countlessOf } from "./approval-authority.ts";
import { approvalDigest } from "./approval-digest.ts";
import { ApprovalNotGrantedError, ApprovalNotPendingError, ApprovalUsedError } from "./approval-errors.ts";
import type { ApprovalJournal } from "./approval-journal.ts";
import { ApprovalLookup } from "./approval-lookup.ts";
import { copyOf, questionOf } from "./approval-question.ts";
import { type ApprovalEntry, type ApprovalRecord, applyRecord, isOpen } from "./approval-record.ts";
import { changed, closed, expired, notFound, notStanding } from "./approval-refusals.ts";
import { ApprovalSteps } from "./approval-steps.ts";
import { ApprovalTrail } from "./approval-trail.ts";
import { ApprovalWaiters } from "./approval-waiters.ts";
import { DueApprovals } from "./due-approvals.ts";
import { KeptApprovals, keptRecord } from "./kept-approvals.ts";
import { standingDigest } from "./standing-grants.ts";
import { SteadyTime } from "./steady-time.ts";
import { openAction, sealAction } from "./stored-action.ts";

/** What the book needs. */
export interface ApprovalBookInit extends Authority {
  readonly clock: Pick<Clock, "now" | "monotonic" | "schedule">;
  readonly random: Pick<Random, "bytes" | "uuidV7">;
  readonly logger: Logger;
  readonly audit: () => Pick<AuditLog, "append">;
  /** Most open approvals. */
  readonly maxOpen: number;
  /** Names whose questions count together, see `accountOf`. */
  readonly accountOf: (subject: Subject) => string | undefined;
  /** Names who started the agent that a subject is; undefined for the kernel's own, for who is none, and for one that is gone. */
  readonly startedBy: (subject: Subject) => string | undefined;
  /**
   * Tells the role of who says something: of a known principal its own, proven by its signature over the statement; while
   * none is known, the role that the host gives. Throws when the proof fails.
   */
  readonly prove: (who: Speaker, statement: Uint8Array) => Role;
  /** Told of every change, once it is on disk. */
  readonly changed: (approval: Approval) => void;
}

/** Who says something of an approval. */
export interface Speaker {
  readonly principal: string;
  readonly role: Role;
  readonly signature?: Uint8Array | undefined;
}

const MAX_COMMENT = 2000;

/** The approvals of one kernel. */
export class ApprovalBook implements Approvals {
  readonly #init: ApprovalBookInit;
  readonly #kept: KeptApprovals;
  readonly #waiters = new ApprovalWaiters();
  readonly #trail: ApprovalTrail;
  readonly #steps: ApprovalSteps;
  readonly #lookup: ApprovalLookup;
  readonly #due: DueApprovals;
  readonly #time: SteadyTime;
  /** Open questions and approvals that go to who asked for them, who waits. */
  readonly #taken = new Set<string>();

  constructor(init: ApprovalBookInit) {
    this.#init = init;
    this.#kept = new KeptApprovals(init.maxOpen);
    this.#trail = new ApprovalTrail(init);
    this.#steps = new ApprovalSteps({ kept: this.#kept, logger: init.logger });
    this.#time = new SteadyTime(init.clock);
    this.#lookup = new ApprovalLookup({ kept: this.#kept, time: this.#time, taken: this.#taken, rules: init });
    this.#due = new DueApprovals({
      ...init,
      kept: this.#kept,
      steps: this.#steps,
      time: this.#time,
      expired: (entry, next) => {
        this.#put(entry, next);
        this.#waiters.resolve(next.approval);
        this.#trail.ended("approval.expire", next.approval, { was: entry.approval.state });
      },
    });
  }

  /** Reads the journal, which it closes when it cannot. @throws `APPROVAL_JOURNAL_BROKEN` */
  async open(journal: ApprovalJournal, key: Uint8Array): Promise<void> {
    try {
      await this.#read(journal);
    } catch (error) {
      await journal.close();
      throw error;
    }
    this.#steps.open({ journal, key });
    await this.#steps.take(() => this.#due.expire(), 0);
  }

  async #read(journal: ApprovalJournal): Promise<void> {
    let index = 0;
    for await (const record of journal.records()) {
      if ("at" in record) this.#time.saw(record.at);
      const id = record.type === "kept" ? record.approval.id : record.id;
      const before = this.#kept.get(id);
      const entry = applyRecord(before, record);
      if (entry === undefined) throw journal.fail(index, `"${record.type}" cannot follow here`);
      this.#put(before, entry);
      index++;
    }
  }

  /** Notes a time that has been: none before it will be again. */
  saw(time: number): void {
    this.#time.saw(time);
  }

  /** Enters an end that the chain has, unless it is known here. */
  settle(record: ApprovalRecord): Promise<void> {
    return this.#steps.take(async ({ journal }) => {
      const id = record.type === "kept" ? record.approval.id : record.id;
      const entry = this.#kept.get(id);
      if (entry === undefined && record.type === "revoked") this.#kept.takeBack(id);
      if (entry === undefined || (!isOpen(entry.approval) && entry.approval.state !== "standing")) return;
      // What came before the end may be lost, too: then it has run out.
      const end: ApprovalRecord =
        applyRecord(entry, record) === undefined ? { type: "expired", id, at: this.#time.now() } : record;
      if (applyRecord(entry, end) === undefined) return;
      this.#init.logger.warn("an approval had ended in the chain and not in its journal", { approval: id });
      await journal.append(end);
      this.#change(entry, end);
    });
  }

  /** Closes the journal; those who wait are told. */
  async close(): Promise<void> {
    this.#due.stop();
    await this.#steps.close();
    this.#due.stop();
    this.#waiters.rejectAll(() => closed());
  }

  ask(draft: ApprovalDraft, defer: Defer): Promise<Approval> {
    return this.#steps.take(async ({ journal, key }) => {
      await this.#due.expire();
      const { random } = this.#init;
      const copy = copyOf(draft);
      const now = this.#time.now();
      const principal = this.#lookup.requester(copy).principal;
      const approval = questionOf(copy, defer, { id: random.uuidV7(now), now, principal });
      const same = draft.repeats === true ? this.#lookup.pendingLike(approval) : undefined;
      if (same !== undefined) return same;
      const account = this.#init.accountOf(copy.request.subject);
      this.#kept.checkRoom(copy, account);
      const sealed =
        copy.input === undefined
          ? undefined
          : sealAction(key, approval, { input: copy.input, rights: copy.rights, standing: copy.standing }, random);
      const entry: ApprovalEntry = { approval, account, sealed };
      await journal.append(keptRecord(entry));
      this.#put(undefined, entry);
      if (draft.repeats !== true) this.#taken.add(approval.id);
      this.#due.look();
      return approval;
    });
  }

  find(id: string): Approval | undefined {
    return this.#lookup.find(id);
  }

  list(filter?: { readonly state?: ApprovalState | undefined }): readonly Approval[] {
    return this.#lookup.list(filter);
  }

  answer(id: string, given: Parameters<Approvals["answer"]>[1]): Promise<Approval> {
    return this.#steps.take(async ({ journal }) => {
      await this.#due.expire();
      const entry = this.#entry(id);
      const { approval } = entry;
      if (approval.state === "expired") throw expired(id);
      if (approval.state !== "pending") {
        throw new ApprovalNotPendingError(`approval ${id} is ${approval.state}, expected a pending one`, {
          details: { approval: id, state: approval.state },
        });
      }
      checkApprover(this.#init, approval, given.principal, this.prove(id, given));
      const { principal, verdict } = given;
      const comment = (given.comment ?? "").slice(0, MAX_COMMENT);
      const standing = given.standing === true && verdict === "approve";
      const before = approval.answers.find((answer) => answer.principal === principal);
      // The same said again changes nothing; said otherwise, it takes the place of what was said before.
      const same = before?.verdict === verdict && (before.standing === true) === standing;
      if (same && (comment === "" || comment === before.comment)) return approval;
      if (standing) this.#checkStanding(approval);
      const record: ApprovalRecord = {
        type: "answered",
        id,
        ...without(countlessOf(this.#init, approval)),
        answer: {
          principal,
          verdict,
          comment,
          at: this.#time.now(),
          ...(standing ? { standing } : {}),
          ...signed(given),
        },
      };
      await journal.append(record);
      const next = this.#change(entry, record);
      return next;
    });
  }

  revoke(id: string, by: Parameters<Approvals["revoke"]>[1]): Promise<Approval> {
    return this.#steps.take(async ({ journal }) => {
      const entry = this.#entry(id);
      if (entry.approval.state !== "standing") throw notStanding(entry.approval, "expected a standing grant");
      checkRole(entry.approval, by.principal, this.prove(id, { ...by, verdict: "revoke" }));
      const { principal } = by;
      const comment = (by.comment ?? "").slice(0, MAX_COMMENT);
      const record: ApprovalRecord = {
        type: "revoked",
        id,
        by: { principal, comment, at: this.#time.now(), ...signed(by) },
      };
      await journal.append(record);
      const next = this.#change(entry, record);
      return next;
    });
  }

  /** Tells the role of who says something of an approval. @throws `APPROVAL_NOT_FOUND`, `GOVERNANCE_*` when it is not proven */
  prove(
    id: string,
    given: Speaker & {
      readonly verdict: AnswerStatement["verdict"];
      readonly comment?: string | undefined;
      readonly standing?: boolean | undefined;
    },
  ): Role {
    const { digest } = this.#entry(id).approval;
    const { verdict, comment = "" } = given;
    const standing = given.standing === true && verdict === "approve";
    return this.#init.prove(given, answerStatement({ approval: id, digest, verdict, standing, comment }));
  }

  covering(draft: ApprovalDraft, terms?: Defer): Approval | undefined {
    return this.#steps.opened === undefined ? undefined : this.#lookup.covering(draft, terms);
  }

  holds(id: string, terms?: Defer): boolean {
    return this.#lookup.holds(id, terms);
  }

  /** Tells on whose account somebody asked last; undefined when no question of theirs is known. */
  accountOf(subject: Subject): string | undefined {
    return this.#lookup.accountOf(subject);
  }

  /** Names of those who gave it, as far as they may give it no more. */
  countless(approval: Approval): readonly string[] {
    return countlessOf(this.#init, approval);
  }

  async wait(id: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Approval> {
    options.signal?.throwIfAborted();
    if (this.#steps.opened === undefined) throw closed();
    const approval = this.#lookup.view(this.#entry(id).approval);
    if (approval.state !== "pending") return approval;
    return await this.#waiters.wait(id, options.signal);
  }

  awaited(id: string): boolean {
    return this.#waiters.has(id);
  }

  redeem(id: string, draft: ApprovalDraft, terms?: Defer): Promise<Approval> {
    return this.#steps.take(async ({ journal }) => {
      await this.#due.expire();
      const entry = this.#entry(id);
      const { approval } = entry;
      if (approval.state === "expired") throw expired(id);
      if (approval.state === "used")
        throw new ApprovalUsedError(`approval ${id} was used before`, { details: { approval: id } });
      if (approval.state === "standing") {
        if (standingDigest(draft) !== approval.standing?.digest) throw changed(id);
        checkAgreed(this.#init, approval, terms, this.#lookup.requester(draft, approval));
        return approval;
      }
      if (approval.state !== "approved") {
        throw new ApprovalNotGrantedError(`approval ${id} is ${approval.state}, expected an approved one`, {
          details: { approval: id, state: approval.state },
          retryable: approval.state === "pending",
        });
      }
      if (approvalDigest(draft) !== approval.digest) throw changed(id);
      checkAgreed(this.#init, approval, terms, this.#lookup.requester(draft, approval));
      const record: ApprovalRecord = { type: "used", id, at: this.#time.now() };
      await journal.append(record);
      const used = this.#change(entry, record);
      this.#trail.ended("approval.use", used, {});
      return used;
    });
  }

  giveUp(id: string | undefined, draft: ApprovalDraft, refused: string): Promise<void> {
    // Of most refusals nothing was approved.
    if (this.#kept.given === 0) return Promise.resolve();
    return this.#steps.take(async ({ journal }) => {
      for (const given of this.#lookup.given(id, draft)) {
        const entry = this.#entry(given.id);
        const record: ApprovalRecord = { type: "expired", id: given.id, at: this.#time.now() };
        await journal.append(record);
        this.#trail.ended("approval.expire", this.#change(entry, record), { was: "approved", refused });
      }
    });
  }

  async stored(id: string): Promise<StoredAction | undefined> {
    if (this.#steps.opened === undefined) throw closed();
    const entry = this.#entry(id);
    const approval = this.#lookup.view(entry.approval);
    if (entry.sealed === undefined || !isOpen(approval)) return undefined;
    return { approval, ...openAction(this.#steps.opened.key, approval, entry.sealed) };
  }

  #entry(id: string): ApprovalEntry {
    const entry = this.#kept.get(id);
    if (entry === undefined) throw notFound(id);
    return entry;
  }

  #checkStanding(approval: Approval): void {
    if (approval.standing === undefined)
      throw notStanding(approval, "expected a question that offers a standing grant");
    this.#kept.checkRoomToStand();
  }

  #change(entry: ApprovalEntry, record: ApprovalRecord): Approval {
    const next = applyRecord(entry, record) ?? entry;
    this.#put(entry, next);
    const { approval } = next;
    if (approval.state !== "pending") this.#waiters.resolve(approval);
    return approval;
  }

  #put(before: ApprovalEntry | undefined, entry: ApprovalEntry): void {
    const { approval } = entry;
    if (!isOpen(approval)) this.#taken.delete(approval.id);
    this.#kept.put(before, entry);
    if (this.#steps.opened !== undefined) this.#init.changed(approval);
  }
}

function without(names: readonly string[]): { readonly without?: string[] } {
  return names.length === 0 ? {} : { without: [...names] };
}

function signed({ signature }: Pick<Speaker, "signature">): { readonly signature?: string } {
  return signature === undefined ? {} : { signature: toHex(signature) };
}
