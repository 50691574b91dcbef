/**
 * The approvals that a book holds, and the room that is left for more. What is open or stands is never forgotten; of what is
 * finished, the newest 1000 are remembered, and apart from these the newest 1000 grants that were taken back: nothing else that
 * ends pushes them out, and what goes on under them is refused. Of 100 000 more that much is still known.
 */
import type { ApprovalDraft } from "@weftos/interface";
import { ApprovalTooLargeError } from "./approval-errors.ts";
import { type ApprovalEntry, type ApprovalRecord, isOpen } from "./approval-record.ts";
import { full } from "./approval-refusals.ts";
import { MAX_STANDING, StandingGrants } from "./standing-grants.ts";

const MAX_DRAFT_BYTES = 262_144;
const MAX_OPEN_BYTES = 16_777_216;
const MAX_OPEN_OF_ONE = 100;
const MAX_FINISHED = 1000;
const MAX_REVOKED = 1000;
const MAX_TAKEN_BACK = 100_000;

export class KeptApprovals {
  readonly #maxOpen: number;
  readonly #entries = new Map<string, ApprovalEntry>();
  readonly #grants = new StandingGrants();
  /** Ids of grants that were taken back, oldest first. */
  readonly #takenBack = new Set<string>();
  #openBytes = 0;
  #given = 0;

  /** @param maxOpen - most open approvals */
  constructor(maxOpen: number) {
    this.#maxOpen = maxOpen;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many were approved for one run that has not been. */
  get given(): number {
    return this.#given;
  }

  get(id: string): ApprovalEntry | undefined {
    return this.#entries.get(id);
  }

  /** All, oldest first; finished ones in the order of their end. */
  all(): readonly ApprovalEntry[] {
    return [...this.#entries.values()];
  }

  /** When the next open one expires, milliseconds UTC; undefined when none is open. */
  nextExpiry(): number | undefined {
    let next: number | undefined;
    for (const { approval } of this.#entries.values())
      if (isOpen(approval)) next = Math.min(next ?? approval.expiresAt, approval.expiresAt);
    return next;
  }

  /** Gives the ids of the standing grants that cover a draft, newest first. */
  covering(draft: ApprovalDraft): readonly string[] {
    return this.#grants.covering(draft);
  }

  /** Puts an entry in place of the one before it. */
  put(before: ApprovalEntry | undefined, entry: ApprovalEntry): void {
    const { approval } = entry;
    if (before?.approval.state === "approved") this.#given--;
    if (approval.state === "approved") this.#given++;
    if (before !== undefined && isOpen(before.approval)) this.#openBytes -= weightOf(before);
    if (isOpen(approval)) this.#openBytes += weightOf(entry);
    else if (before !== undefined) this.#entries.delete(approval.id);
    this.#entries.set(approval.id, entry);
    this.#grants.saw(approval);
    if (approval.state === "revoked") this.takeBack(approval.id);
    if (!isOpen(approval) && approval.state !== "standing") this.#forgetOldest(approval.state === "revoked");
  }

  /** Remembers that a grant was taken back, also one that is forgotten itself. */
  takeBack(id: string): void {
    this.#takenBack.add(id);
    const [oldest] = this.#takenBack;
    if (this.#takenBack.size > MAX_TAKEN_BACK && oldest !== undefined) this.#takenBack.delete(oldest);
  }

  /** Whether a grant was taken back. */
  tookBack(id: string): boolean {
    return this.#takenBack.has(id);
  }

  /** @throws `APPROVAL_TOO_LARGE`, `APPROVAL_QUEUE_FULL` when there is no room for another question */
  checkRoom(draft: ApprovalDraft, account: string | undefined): void {
    const bytes = new TextEncoder().encode(JSON.stringify(draft)).length;
    if (bytes > MAX_DRAFT_BYTES) {
      const expected = `expected at most ${MAX_DRAFT_BYTES} bytes to keep with an approval, got ${bytes}`;
      throw new ApprovalTooLargeError(expected, { details: { bytes, limit: MAX_DRAFT_BYTES } });
    }
    let count = 0;
    let own = 0;
    for (const entry of this.#entries.values()) {
      if (!isOpen(entry.approval)) continue;
      count++;
      if (entry.account === account) own++;
    }
    if (count >= this.#maxOpen) throw full("open approvals", this.#maxOpen);
    if (own >= MAX_OPEN_OF_ONE) throw full("open approvals of one asker", MAX_OPEN_OF_ONE);
    if (this.#openBytes + bytes > MAX_OPEN_BYTES) throw full("bytes in open approvals", MAX_OPEN_BYTES);
  }

  /** @throws `APPROVAL_QUEUE_FULL` when no more grants can stand */
  checkRoomToStand(): void {
    if (this.#grants.size >= MAX_STANDING) throw full("standing grants", MAX_STANDING);
  }

  #forgetOldest(revoked: boolean): void {
    // Finished ones stand in the order of their end, so the first finished one found is the oldest.
    let count = 0;
    let oldest: string | undefined;
    for (const [id, { approval }] of this.#entries) {
      if (isOpen(approval) || approval.state === "standing") continue;
      if ((approval.state === "revoked") !== revoked) continue;
      oldest ??= id;
      count++;
    }
    if (count > (revoked ? MAX_REVOKED : MAX_FINISHED) && oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** The record that says an entry anew, for a journal that is rewritten. */
export function keptRecord({ approval, account, sealed }: ApprovalEntry): ApprovalRecord {
  const { rules, answers, approvers, ...rest } = approval;
  const copy = {
    ...rest,
    rules: [...rules],
    answers: answers.map((answer) => ({ ...answer })),
    ...(approvers === undefined ? {} : { approvers: [...approvers] }),
  };
  return {
    type: "kept",
    approval: copy,
    ...(account === undefined ? {} : { account }),
    ...(sealed === undefined ? {} : { sealed }),
  };
}

function weightOf({ approval, sealed }: ApprovalEntry): number {
  return approval.display.length + (sealed?.length ?? 0);
}
