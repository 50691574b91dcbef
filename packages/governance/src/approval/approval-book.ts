/**
 * Keeps approvals: a durable state machine over the journal. Every change is on disk before its promise resolves, and
 * changes happen one after the other. Expiry needs no disk: it follows from the time, and is recorded when it is seen.
 *
 * Limits: 1000 open approvals (100 of one subject), 256 KiB for each, 16 MiB in all, 1000 waiters on one, 1000 standing
 * grants; 1000 finished ones are remembered.
 */
import { fromBase64, open, seal, toBase64, toHex } from "@weftos/crypto";
import {
  type Approval,
  type ApprovalDraft,
  ApprovalExpiredError,
  type ApprovalState,
  type Approvals,
  type AuditLog,
  type Clock,
  type Defer,
  type JsonValue,
  type Logger,
  type Random,
  type Role,
  type StoredAction,
  type Timer,
} from "@weftos/interface";
import { type AnswerStatement, answerStatement } from "../principal/statement.ts";
import { approvalDigest } from "./approval-digest.ts";
import {
  ApprovalChangedError,
  ApprovalClosedError,
  ApprovalNotFoundError,
  ApprovalNotGrantedError,
  ApprovalNotPendingError,
  ApprovalNotStandingError,
  ApprovalOwnRequestError,
  ApprovalQueueFullError,
  ApprovalRoleError,
  ApprovalTooLargeError,
  ApprovalUsedError,
} from "./approval-errors.ts";
import type { ApprovalJournal } from "./approval-journal.ts";
import { type ApprovalEntry, type ApprovalRecord, applyRecord, finished, isOpen } from "./approval-record.ts";
import { ApprovalWaiters } from "./approval-waiters.ts";
import { MAX_STANDING, StandingGrants, standingDigest } from "./standing-grants.ts";
import { SteadyTime } from "./steady-time.ts";

/** What the book needs. */
export interface ApprovalBookInit {
  readonly clock: Pick<Clock, "now" | "monotonic" | "schedule">;
  readonly random: Pick<Random, "bytes" | "uuidV7">;
  readonly logger: Logger;
  readonly audit: () => Pick<AuditLog, "append">;
  /** Whether a principal may answer questions about its own requests. */
  readonly ownRequests: () => boolean;
  /** Most open approvals. */
  readonly maxOpen: number;
  /**
   * Tells the role of who says something: of a known principal its own, proven by its signature over the statement; while
   * none is known, the role that the host gives. Throws when the proof fails.
   */
  readonly prove: (who: Speaker, statement: Uint8Array) => Role;
  /**
   * Tells the role that a principal has now; undefined for one that is not known or was revoked, `unknown` while nobody is
   * known.
   */
  readonly roleOf: (principal: string) => Role | "unknown" | undefined;
  /** Told of every change, once it is on disk. */
  readonly changed: (approval: Approval) => void;
}

/** Who says something of an approval. */
export interface Speaker {
  readonly principal: string;
  readonly role: Role;
  readonly signature?: Uint8Array | undefined;
}

const MAX_DRAFT_BYTES = 262_144;
const MAX_OPEN_BYTES = 16_777_216;
const MAX_OPEN_OF_SUBJECT = 100;
const MAX_FINISHED = 1000;
const MAX_COMMENT = 2000;
const SPARE_RECORDS = 512;
/** The wall clock may be set, so expiry is looked at once an hour at least. */
const LONGEST_LOOK_MS = 3_600_000;
const ranks: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, approver: 2, admin: 3 };

/** The approvals of one kernel. */
export class ApprovalBook implements Approvals {
  readonly #init: ApprovalBookInit;
  readonly #entries = new Map<string, ApprovalEntry>();
  readonly #waiters = new ApprovalWaiters();
  readonly #grants = new StandingGrants();
  #opened: { readonly journal: ApprovalJournal; readonly key: Uint8Array } | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #timer: Timer | undefined;
  #openBytes = 0;
  readonly #time: SteadyTime;
  /** Pending questions whose answer goes to who asked them, who waits for it. */
  readonly #taken = new Set<string>();

  constructor(init: ApprovalBookInit) {
    this.#init = init;
    this.#time = new SteadyTime(init.clock);
  }

  /** Reads the journal, which it closes when it cannot. @throws `APPROVAL_JOURNAL_BROKEN` */
  async open(journal: ApprovalJournal, key: Uint8Array): Promise<void> {
    try {
      await this.#read(journal);
    } catch (error) {
      await journal.close();
      throw error;
    }
    this.#opened = { journal, key };
    await this.#serial(async () => {
      await this.#expireDue();
      await this.#compact(0);
    });
  }

  async #read(journal: ApprovalJournal): Promise<void> {
    let index = 0;
    for await (const record of journal.records()) {
      if ("at" in record) this.#time.saw(record.at);
      const id = record.type === "kept" ? record.approval.id : record.id;
      const before = this.#entries.get(id);
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
    return this.#serial(async ({ journal }) => {
      const id = record.type === "kept" ? record.approval.id : record.id;
      const entry = this.#entries.get(id);
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
    const opened = this.#opened;
    await this.#tail;
    this.#opened = undefined;
    this.#timer?.cancel();
    this.#waiters.rejectAll(() => closed());
    await opened?.journal.close();
  }

  ask(draft: ApprovalDraft, defer: Defer): Promise<Approval> {
    return this.#serial(async ({ journal, key }) => {
      await this.#expireDue();
      const { random } = this.#init;
      const copy = copyOf(draft);
      const digest = approvalDigest(copy);
      const same = draft.repeats === true ? this.#pendingLike(digest, copy, defer) : undefined;
      if (same !== undefined) return same;
      this.#checkRoom(copy);
      const now = this.#time.now();
      const approval: Approval = {
        id: random.uuidV7(now),
        state: "pending",
        request: copy.request,
        agent: copy.agent,
        display: copy.display,
        reason: defer.reason,
        rules: defer.rules.map((rule) => rule.id),
        digest,
        to: defer.to,
        ...(defer.approvers === undefined ? {} : { approvers: [...defer.approvers] }),
        quorum: defer.quorum,
        stored: copy.input !== undefined,
        createdAt: now,
        expiresAt: now + defer.expiresMs,
        answers: [],
        ...standingOf(copy),
      };
      const sealed =
        copy.input === undefined
          ? undefined
          : sealAction(key, approval, { input: copy.input, rights: copy.rights }, random);
      const entry: ApprovalEntry = { approval, sealed };
      await journal.append(keptRecord(entry));
      this.#put(undefined, entry);
      if (draft.repeats !== true) this.#taken.add(approval.id);
      this.#look();
      await this.#compact(SPARE_RECORDS);
      return approval;
    });
  }

  find(id: string): Approval | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : this.#view(entry.approval);
  }

  list(filter: { readonly state?: ApprovalState | undefined } = {}): readonly Approval[] {
    const all = [...this.#entries.values()].map((entry) => this.#view(entry.approval));
    return filter.state === undefined ? all : all.filter((approval) => approval.state === filter.state);
  }

  answer(id: string, given: Parameters<Approvals["answer"]>[1]): Promise<Approval> {
    return this.#serial(async ({ journal }) => {
      await this.#expireDue();
      const entry = this.#entry(id);
      const { approval } = entry;
      if (approval.state === "expired") throw expired(id);
      if (approval.state !== "pending") {
        throw new ApprovalNotPendingError(`approval ${id} is ${approval.state}, expected a pending one`, {
          details: { approval: id, state: approval.state },
        });
      }
      this.#checkApprover(approval, given.principal, this.prove(id, given));
      const before = approval.answers.find((answer) => answer.principal === given.principal);
      if (before?.verdict === given.verdict) return approval;
      const { principal, verdict } = given;
      const comment = (given.comment ?? "").slice(0, MAX_COMMENT);
      const standing = given.standing === true && verdict === "approve";
      if (standing) this.#checkStanding(approval);
      const record: ApprovalRecord = {
        type: "answered",
        id,
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
      await this.#compact(SPARE_RECORDS);
      return next;
    });
  }

  revoke(id: string, by: Parameters<Approvals["revoke"]>[1]): Promise<Approval> {
    return this.#serial(async ({ journal }) => {
      const entry = this.#entry(id);
      if (entry.approval.state !== "standing") throw notStanding(entry.approval, "expected a standing grant");
      this.#checkRole(entry.approval, by.principal, this.prove(id, { ...by, verdict: "revoke" }));
      const { principal } = by;
      const comment = (by.comment ?? "").slice(0, MAX_COMMENT);
      const record: ApprovalRecord = {
        type: "revoked",
        id,
        by: { principal, comment, at: this.#time.now(), ...signed(by) },
      };
      await journal.append(record);
      const next = this.#change(entry, record);
      await this.#compact(SPARE_RECORDS);
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
    if (this.#opened === undefined) return undefined;
    const id = this.#grants.covering(draft);
    const found = id === undefined ? undefined : this.find(id);
    return found !== undefined && this.#agreed(found, terms) >= quorumOf(found, terms) ? found : undefined;
  }

  /** How many of those who approved may still do so, as the rules of now ask. */
  #agreed({ answers, to }: Approval, terms: Defer | undefined): number {
    const least = terms !== undefined && ranks[terms.to] > ranks[to] ? terms.to : to;
    return answers.filter(({ verdict, principal }) => {
      if (verdict !== "approve" || terms?.approvers?.includes(principal) === false) return false;
      const role = this.#init.roleOf(principal);
      // Of whom nothing is known, the host vouched for the role that was asked for then.
      return role === "unknown" ? ranks[least] <= ranks[to] : role !== undefined && ranks[role] >= ranks[least];
    }).length;
  }

  #checkAnswers(approval: Approval, terms: Defer | undefined): void {
    const agreed = this.#agreed(approval, terms);
    const quorum = quorumOf(approval, terms);
    if (agreed >= quorum) return;
    const { id, state } = approval;
    throw new ApprovalNotGrantedError(`approval ${id} has ${agreed} of ${quorum} answers that count now`, {
      details: { approval: id, state },
    });
  }

  async wait(id: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Approval> {
    options.signal?.throwIfAborted();
    if (this.#opened === undefined) throw closed();
    const approval = this.#view(this.#entry(id).approval);
    if (approval.state !== "pending") return approval;
    return await this.#waiters.wait(id, options.signal);
  }

  awaited(id: string): boolean {
    return this.#waiters.has(id);
  }

  redeem(id: string, draft: ApprovalDraft, terms?: Defer): Promise<Approval> {
    return this.#serial(async ({ journal }) => {
      await this.#expireDue();
      const entry = this.#entry(id);
      const { approval } = entry;
      if (approval.state === "expired") throw expired(id);
      if (approval.state === "used")
        throw new ApprovalUsedError(`approval ${id} was used before`, { details: { approval: id } });
      if (approval.state === "standing") {
        if (standingDigest(draft) !== approval.standing?.digest) throw changed(id);
        this.#checkAnswers(approval, terms);
        return approval;
      }
      if (approval.state !== "approved") {
        throw new ApprovalNotGrantedError(`approval ${id} is ${approval.state}, expected an approved one`, {
          details: { approval: id, state: approval.state },
          retryable: approval.state === "pending",
        });
      }
      if (approvalDigest(draft) !== approval.digest) throw changed(id);
      this.#checkAnswers(approval, terms);
      const record: ApprovalRecord = { type: "used", id, at: this.#time.now() };
      await journal.append(record);
      const used = this.#change(entry, record);
      this.#record("approval.use", used, {});
      await this.#compact(SPARE_RECORDS);
      return used;
    });
  }

  async stored(id: string): Promise<StoredAction | undefined> {
    if (this.#opened === undefined) throw closed();
    const entry = this.#entry(id);
    const approval = this.#view(entry.approval);
    if (entry.sealed === undefined || !isOpen(approval)) return undefined;
    return { approval, ...openAction(this.#opened.key, approval, entry.sealed) };
  }

  /** Runs steps one after the other; one that fails stops none behind it. */
  #serial<T>(
    step: (opened: { readonly journal: ApprovalJournal; readonly key: Uint8Array }) => Promise<T>,
  ): Promise<T> {
    const result = this.#tail.then(() => {
      if (this.#opened === undefined) throw closed();
      return step(this.#opened);
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  #entry(id: string): ApprovalEntry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new ApprovalNotFoundError(`there is no approval ${JSON.stringify(String(id).slice(0, 64))}`, {
      details: { approval: String(id).slice(0, 64) },
    });
  }

  /** What holds now, whether or not the expiry was seen yet. */
  #view(approval: Approval): Approval {
    return isOpen(approval) && this.#time.now() >= approval.expiresAt ? { ...approval, state: "expired" } : approval;
  }

  /** A question about the same, to the same people, whose answer nobody waits for. */
  #pendingLike(digest: string, draft: ApprovalDraft, { to, quorum, approvers }: Defer): Approval | undefined {
    const asked = (one: Pick<Approval, "to" | "quorum" | "approvers" | "agent" | "standing">): string =>
      JSON.stringify([one.to, one.quorum, one.approvers ?? [], one.agent ?? "", one.standing?.digest ?? ""]);
    const wanted = asked({ to, quorum, approvers, agent: draft.agent, ...standingOf(draft) });
    for (const { approval } of this.#entries.values()) {
      if (approval.state !== "pending" || approval.digest !== digest || this.#taken.has(approval.id)) continue;
      if (asked(approval) === wanted) return approval;
    }
    return undefined;
  }

  #checkRoom(draft: ApprovalDraft): void {
    const bytes = sizeOf(draft);
    if (bytes > MAX_DRAFT_BYTES) {
      throw new ApprovalTooLargeError(
        `expected at most ${MAX_DRAFT_BYTES} bytes to keep with an approval, got ${bytes}`,
        {
          details: { bytes, limit: MAX_DRAFT_BYTES },
        },
      );
    }
    const { kind, id } = draft.request.subject;
    let count = 0;
    let own = 0;
    for (const { approval } of this.#entries.values()) {
      if (!isOpen(approval)) continue;
      count++;
      if (approval.request.subject.kind === kind && approval.request.subject.id === id) own++;
    }
    const full = (what: string, limit: number): ApprovalQueueFullError =>
      new ApprovalQueueFullError(`expected at most ${limit} ${what}`, { details: { what, limit }, retryable: true });
    if (count >= this.#init.maxOpen) throw full("open approvals", this.#init.maxOpen);
    if (own >= MAX_OPEN_OF_SUBJECT) throw full("open approvals of one subject", MAX_OPEN_OF_SUBJECT);
    if (this.#openBytes + bytes > MAX_OPEN_BYTES) throw full("bytes in open approvals", MAX_OPEN_BYTES);
  }

  #checkStanding(approval: Approval): void {
    if (approval.standing === undefined)
      throw notStanding(approval, "expected a question that offers a standing grant");
    if (this.#grants.size < MAX_STANDING) return;
    throw new ApprovalQueueFullError(`expected at most ${MAX_STANDING} standing grants`, {
      details: { what: "standing grants", limit: MAX_STANDING },
      retryable: true,
    });
  }

  #checkRole({ id, to }: Approval, principal: string, role: Role): void {
    if (principal === "" || principal.length > 128 || !((ranks[role] ?? -1) >= ranks[to])) {
      throw new ApprovalRoleError(`approval ${id} asks for a principal with the role ${to} or more, got ${role}`, {
        details: { approval: id, expected: to, actual: String(role) },
      });
    }
  }

  #checkApprover(approval: Approval, principal: string, role: Role): void {
    const { id, request, approvers } = approval;
    this.#checkRole(approval, principal, role);
    if (approvers?.includes(principal) === false) {
      const details = { approval: id, expected: approvers.slice(0, 8).join(", "), actual: principal };
      throw new ApprovalRoleError(`approval ${id} asks ${details.expected}, got ${principal}`, { details });
    }
    const own = request.subject.kind === "principal" && request.subject.id === principal;
    if (own && !this.#init.ownRequests()) {
      throw new ApprovalOwnRequestError(
        `approval ${id} is about a request of ${principal}, and nobody answers their own`,
        {
          details: { approval: id, principal },
        },
      );
    }
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
    if (before !== undefined && isOpen(before.approval)) this.#openBytes -= weightOf(before);
    const stays = isOpen(approval) || approval.state === "standing";
    if (approval.state !== "pending") this.#taken.delete(approval.id);
    if (isOpen(approval)) this.#openBytes += weightOf(entry);
    else if (before !== undefined) this.#entries.delete(approval.id);
    this.#entries.set(approval.id, entry);
    this.#grants.saw(approval);
    if (this.#opened !== undefined) this.#init.changed(approval);
    if (stays) return;
    // Finished ones stand in the order of their end, so the first finished one found is the oldest.
    let count = 0;
    let oldest: string | undefined;
    for (const [id, other] of this.#entries) {
      if (isOpen(other.approval) || other.approval.state === "standing") continue;
      oldest ??= id;
      count++;
    }
    if (count > MAX_FINISHED && oldest !== undefined) this.#entries.delete(oldest);
  }

  async #expireDue(): Promise<void> {
    const now = this.#time.now();
    for (const entry of [...this.#entries.values()]) {
      if (!isOpen(entry.approval) || now < entry.approval.expiresAt) continue;
      const { id, state } = entry.approval;
      const next = finished(entry.approval, "expired");
      this.#put(entry, next);
      this.#waiters.resolve(next.approval);
      this.#record("approval.expire", next.approval, { was: state });
      try {
        await this.#opened?.journal.append({ type: "expired", id, at: now });
      } catch (error) {
        // It stays expired: the next reader of the journal sees the same time.
        this.#init.logger.warn("an expiry could not be written", { approval: id, error: String(error) });
      }
    }
    this.#look();
  }

  /** Sets the timer to the next expiry. */
  #look(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    let next = Number.POSITIVE_INFINITY;
    for (const { approval } of this.#entries.values()) if (isOpen(approval)) next = Math.min(next, approval.expiresAt);
    if (next === Number.POSITIVE_INFINITY) return;
    const wait = Math.min(Math.max(next - this.#time.now(), 1), LONGEST_LOOK_MS);
    this.#timer = this.#init.clock.schedule(
      wait,
      () => {
        this.#serial(() => this.#expireDue()).catch((error: unknown) => {
          this.#init.logger.debug("expiry was not looked at", { error: String(error) });
        });
      },
      { background: true },
    );
  }

  async #compact(spare: number): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined || opened.journal.length <= this.#entries.size * 2 + spare) return;
    try {
      await opened.journal.rewrite([...this.#entries.values()].map(keptRecord));
    } catch (error) {
      this.#init.logger.warn("the journal of approvals could not be rewritten", { error: String(error) });
    }
  }

  #record(kind: string, approval: Approval, more: Readonly<Record<string, string>>): void {
    const { id, digest, request } = approval;
    const { subject } = request;
    const actor =
      subject.kind === "process"
        ? { pid: Number(subject.id) }
        : subject.kind === "principal"
          ? { principal: subject.id }
          : {};
    const fail = (error: unknown): void => {
      this.#init.logger.error("a change of an approval could not be recorded", { approval: id, error: String(error) });
    };
    try {
      this.#init
        .audit()
        .append({
          source: "approval",
          kind,
          actor: approval.agent === undefined ? actor : { ...actor, agent: approval.agent },
          payload: { approval: id, action: request.action, digest, ...more },
          idempotencyKey: `${kind}:${id}`,
        })
        .durable.catch(fail);
    } catch (error) {
      fail(error);
    }
  }
}

function signed({ signature }: Pick<Speaker, "signature">): { readonly signature?: string } {
  return signature === undefined ? {} : { signature: toHex(signature) };
}

function quorumOf({ quorum }: Approval, terms: Defer | undefined): number {
  return Math.max(quorum, terms?.quorum ?? 1);
}

function closed(): ApprovalClosedError {
  return new ApprovalClosedError("the approvals are not open", { details: {}, retryable: true });
}

function expired(id: string): ApprovalExpiredError {
  return new ApprovalExpiredError(`approval ${id} has expired`, { details: { approval: id } });
}

function changed(id: string): ApprovalChangedError {
  return new ApprovalChangedError(`approval ${id} was given for another action, input, display or document`, {
    details: { approval: id },
  });
}

function notStanding({ id, state }: Approval, expected: string): ApprovalNotStandingError {
  return new ApprovalNotStandingError(`${expected}, got the approval ${id}, which is ${state}`, {
    details: { approval: id, state },
  });
}

function standingOf(draft: ApprovalDraft): Pick<Approval, "standing"> {
  const digest = standingDigest(draft);
  if (draft.standing === undefined || digest === undefined) return {};
  const { kind, name } = draft.standing;
  return { standing: { kind, name, digest } };
}

/** A copy that nobody else holds; what JSON cannot say is dropped. */
function copyOf(draft: ApprovalDraft): ApprovalDraft {
  const { action, subject, resource, attributes } = draft.request;
  const copy: ApprovalDraft = structuredClone({
    request: { action, subject: { ...subject }, resource, attributes: { ...attributes } },
    display: draft.display,
    input: draft.input,
    rights: draft.rights,
    agent: draft.agent,
    standing: draft.standing,
  });
  return copy;
}

function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

function weightOf(entry: ApprovalEntry): number {
  return entry.approval.display.length + (entry.sealed?.length ?? 0);
}

function keptRecord(entry: ApprovalEntry): ApprovalRecord {
  const { approval, sealed } = entry;
  const { rules, answers, approvers, ...rest } = approval;
  const copy = {
    ...rest,
    rules: [...rules],
    answers: answers.map((answer) => ({ ...answer })),
    ...(approvers === undefined ? {} : { approvers: [...approvers] }),
  };
  return { type: "kept", approval: copy, ...(sealed === undefined ? {} : { sealed }) };
}

interface Kept {
  readonly input: JsonValue;
  readonly rights: JsonValue;
}

function sealAction(key: Uint8Array, approval: Approval, kept: Kept, random: Pick<Random, "bytes">): string {
  const bytes = new TextEncoder().encode(JSON.stringify(kept));
  return toBase64(seal(key, bytes, boundTo(approval), (length) => random.bytes(length)));
}

function openAction(key: Uint8Array, approval: Approval, sealed: string): Kept {
  return JSON.parse(new TextDecoder().decode(open(key, fromBase64(sealed), boundTo(approval))));
}

function boundTo(approval: Approval): Uint8Array {
  return new TextEncoder().encode(`weftos/approval-input/${approval.id}/${approval.digest}`);
}
