// The end of a chain, held against what was told of it inside its directory: the acknowledged length, `chain/checkpoint`.
import { equalBytes } from "@weftos/crypto";
import { ACKED_FILE_BYTES, type Acked, decodeAcked } from "../format/acked-slot.ts";
import { parseNote, type SignedCheckpoint } from "../format/checkpoint-note.ts";
import { ACKED_FILE, CHECKPOINT_FILE, eventPath } from "../format/file-names.ts";
import { type ChainSource, readWhole } from "./chain-source.ts";
import type { ChainState } from "./chain-state.ts";
import type { NoteFault } from "./pins.ts";

const MAX_NOTE_BYTES = 16_384;

/** Reads what was acknowledged; undefined when the file is missing or both slots are bad. */
export async function readAcked(source: ChainSource): Promise<Acked | undefined> {
  const bytes = await readWhole(source, ACKED_FILE, ACKED_FILE_BYTES);
  return bytes === undefined ? undefined : decodeAcked(bytes);
}

export class PublishedEnd {
  readonly acked: Acked | undefined;
  readonly #note: Uint8Array | undefined;
  /** What the note says, or why it says nothing. */
  readonly #checkpoint: SignedCheckpoint | string | undefined;
  #found = false;

  private constructor(note: Uint8Array | undefined, acked: Acked | undefined) {
    this.#note = note;
    this.#checkpoint = note === undefined ? undefined : parseNote(note);
    this.acked = acked;
  }

  /** Reads both, in the order in which a writer at work cannot deceive: each is on disk before the next speaks of it. */
  static async read(source: ChainSource): Promise<PublishedEnd> {
    const note = await readWhole(source, CHECKPOINT_FILE, MAX_NOTE_BYTES);
    return new PublishedEnd(note, await readAcked(source));
  }

  /** Fewest events that there must be. */
  get least(): number {
    return typeof this.#checkpoint === "object" ? this.#checkpoint.size : 0;
  }

  /** Whether the file is the newest checkpoint of a state. */
  is({ checkpointNote }: ChainState): boolean {
    return this.#note !== undefined && checkpointNote !== undefined && equalBytes(this.#note, checkpointNote);
  }

  /** A checkpoint record was read. */
  met(state: ChainState): void {
    if (this.is(state)) this.#found = true;
  }

  /** Notes what does not hold. @param live - a writer may not have come to publish its checkpoint */
  judge(state: ChainState, live: boolean, note: NoteFault): void {
    const { acked } = this;
    const published = this.#checkpoint;
    const cut = (reason: string): void => note("CHAIN_TRUNCATED", eventPath(state.first), state.eventBytes, reason);
    if (state.size === 0) note("CHAIN_TRUNCATED", "chain", 0, "there is no event");
    if (acked !== undefined && acked.events > state.size)
      cut(`${acked.events} events were acknowledged, ${state.size} are there`);
    if (typeof published === "string") note("CHAIN_CHECKPOINT", CHECKPOINT_FILE, 0, published);
    else if (published !== undefined && published.size > state.size)
      cut(`${CHECKPOINT_FILE} is for ${published.size} events, ${state.size} are there`);
    else if (published !== undefined && !this.#found)
      note("CHAIN_CHECKPOINT", CHECKPOINT_FILE, 0, "the file is not equal to a checkpoint of the chain");
    else if (published === undefined && state.checkpointSize > 0 && !live)
      note("CHAIN_CHECKPOINT", CHECKPOINT_FILE, 0, "the file is missing, though the chain holds checkpoints");
  }
}
