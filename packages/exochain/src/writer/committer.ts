// One commit at a time: takes what waits to the disk, and only then tells. What need not be known before the disk is at
// work is done while it is, so that a commit costs little more than its sync.
import type { Clock, Logger } from "@weftos/interface";
import type { DigestStream } from "../digest/digest-stream.ts";
import { ChainKeysError } from "../error/chain-errors.ts";
import { checkpointText, encodeNote, idsOf } from "../format/checkpoint-note.ts";
import { RECORD_BYTES } from "../format/digest-record.ts";
import { encodeSegment, SEGMENT_CHECKPOINT } from "../format/segment.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import type { MerkleFrontier } from "../merkle/merkle-frontier.ts";
import type { EventMark } from "../query/event-mark.ts";
import type { SegmentIndex } from "../reader/segment-index.ts";
import type { ChainState } from "../verify/chain-state.ts";
import type { EventPlace } from "../verify/walk-options.ts";
import type { SegmentPair } from "./batch.ts";
import type { CheckpointTimer } from "./checkpoint-timer.ts";
import type { PairFiles, WrittenPairs } from "./pair-files.ts";
import { type CheckpointPublisher, errorCode } from "./publisher.ts";
import type { Waiter, Work } from "./waiting-work.ts";

/** What a committer works with. */
export interface CommitterParts {
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  readonly signer: ChainSigner;
  readonly files: PairFiles;
  readonly digests: DigestStream;
  readonly publisher: CheckpointPublisher;
  readonly index: SegmentIndex;
  readonly timer: CheckpointTimer;
  /** Events after which a checkpoint is taken. */
  readonly checkpointEvents: number;
  /** Called when a commit is on disk. */
  readonly committed: (state: ChainState) => void;
  /** Told what a commit wrote, in order, some time after it: in the next one's wait for the disk. */
  readonly absorb: (marks: readonly EventMark[], places: readonly EventPlace[]) => void;
}

/** A checkpoint that was signed. */
interface Signed {
  readonly bytes: Uint8Array;
  readonly time: number;
}

export class Committer {
  readonly #parts: CommitterParts;
  readonly #state: ChainState;
  #signer: ChainSigner;
  #inFlight = 0;
  /** What the last commit wrote, not told yet. */
  #told: { readonly marks: readonly EventMark[]; readonly places: readonly EventPlace[] } | undefined;

  constructor(parts: CommitterParts, state: ChainState) {
    this.#parts = parts;
    this.#signer = parts.signer;
    this.#state = state;
  }

  /** What is on disk. */
  get state(): Readonly<ChainState> {
    return this.#state;
  }

  /** Signs what is committed now. */
  get signer(): ChainSigner {
    return this.#signer;
  }

  /** Events on their way to the disk. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Brings work to the disk, the jobs apart. It rejects with the platform's error, and then nothing was told. */
  async commit(work: Work): Promise<void> {
    const { batch, leaves, wishes, next } = work;
    this.#inFlight = batch?.count ?? 0;
    try {
      const { tree, size, head, time } = this.#behind(work);
      const asked = this.#parts.timer.taken() || wishes.length > 0 || next !== undefined;
      const uncovered = size - this.#state.checkpointSize;
      const due = uncovered > 0 && (asked || uncovered >= this.#parts.checkpointEvents);
      if (due) grow(tree, work);
      const note = due ? await this.#sign({ size, head, root: tree.root(), time }, wishes) : undefined;
      if (note === undefined && next !== undefined)
        throw new ChainKeysError("the rotation of keys could not be signed", { details: { file: "keys" } });
      const pairs = batch?.seal() ?? [];
      const checkpoint = note === undefined ? undefined : encodeSegment(SEGMENT_CHECKPOINT, size, note.bytes);
      const writing = this.#write(pairs, checkpoint, leaves);
      if (!due) grow(tree, work);
      this.catchUp();
      const written = await writing;
      await this.#parts.files.acknowledge(size, head);
      this.#takeOver({ tree, size, head, time }, written, pairs);
      this.#digested(leaves);
      if (note !== undefined) this.#checkpointed(note);
      if (next !== undefined) {
        this.#state.keys = next.keys;
        this.#signer = next;
      }
      this.#told = { marks: batch?.marks ?? [], places: written.places };
    } finally {
      this.#inFlight = 0;
    }
    batch?.resolve();
    for (const wish of wishes) wish.resolve();
    this.armTimer();
    this.#parts.committed(this.#state);
  }

  /** Tells what the last commit wrote, if that was not told yet. */
  catchUp(): void {
    const told = this.#told;
    if (told === undefined) return;
    this.#told = undefined;
    this.#parts.absorb(told.marks, told.places);
  }

  /** Begins to wait for a checkpoint when events lack one. */
  armTimer(): void {
    const { size, checkpointSize } = this.#state;
    if (size > checkpointSize) this.#parts.timer.arm();
  }

  /** How the chain stands behind a commit; the tree has yet to grow. */
  #behind({ batch }: Work): Position {
    const { tree, size, head, time } = this.#state;
    return {
      tree: tree.clone(),
      size: size + (batch?.count ?? 0),
      head: batch?.hashes.at(-1) ?? head,
      time: batch?.time ?? time,
    };
  }

  /**
   * Writes the leaves, and only when they are on disk the event that commits to them: a crash in between leaves nothing but records
   * that nobody speaks of.
   */
  #write(
    pairs: readonly SegmentPair[],
    checkpoint: Uint8Array | undefined,
    leaves: readonly Uint8Array[],
  ): Promise<WrittenPairs> {
    const { files, digests } = this.#parts;
    const writing =
      leaves.length === 0
        ? files.write(pairs, checkpoint)
        : digests.write(leaves, this.#state.size).then(() => files.write(pairs, checkpoint));
    // The caller does some work before it waits.
    writing.catch(() => undefined);
    return writing;
  }

  #takeOver(
    { tree, size, head, time }: Position,
    { lengths, places }: WrittenPairs,
    pairs: readonly SegmentPair[],
  ): void {
    pairs.forEach((pair, i) => {
      const place = places[i];
      if (place !== undefined) this.#parts.index.add(pair.first, place);
    });
    const state = this.#state;
    state.tree = tree;
    state.size = size;
    state.head = head;
    state.time = time;
    state.first = lengths.first;
    state.eventBytes = lengths.eventBytes;
    state.contentBytes = lengths.contentBytes;
  }

  #digested(leaves: readonly Uint8Array[]): void {
    for (const records of leaves) this.#state.digests += records.length / RECORD_BYTES;
    this.#parts.digests.committed(this.#state.digests);
  }

  #checkpointed({ bytes, time }: Signed): void {
    const state = this.#state;
    state.checkpointSize = state.size;
    state.checkpointTime = time;
    state.checkpointNote = bytes;
    this.#parts.publisher.publish(bytes);
    this.#parts.timer.cancel();
  }

  async #sign(
    at: { readonly size: number; readonly head: Uint8Array; readonly root: Uint8Array; readonly time: number },
    wishes: readonly Waiter[],
  ): Promise<Signed | undefined> {
    const signer = this.#signer;
    const chain = this.#state.chain as Uint8Array;
    const time = Math.max(this.#parts.clock.now(), at.time, this.#state.checkpointTime);
    try {
      const text = checkpointText({ chain, size: at.size, root: at.root, head: at.head, time, ...idsOf(signer.keys) });
      return { bytes: encodeNote(chain, text, signer.keys, await signer.sign(text)), time };
    } catch (error) {
      for (const wish of wishes) wish.reject(error);
      this.#parts.logger.error("checkpoint not signed", { error: errorCode(error) });
      return undefined;
    }
  }
}

interface Position {
  readonly tree: MerkleFrontier;
  readonly size: number;
  readonly head: Uint8Array;
  readonly time: number;
}

function grow(tree: MerkleFrontier, { batch }: Work): void {
  for (const hash of batch?.hashes ?? []) tree.append(hash);
}
