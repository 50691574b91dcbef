// The end of a chain that a crash cut short: what lies beyond the acknowledged lengths may be incomplete without being damage.
import type { Acked } from "../format/acked-slot.ts";
import type { ChainState } from "./chain-state.ts";
import type { SegmentStream } from "./segment-stream.ts";
import type { TornTail, WalkOptions } from "./walk-options.ts";

export class TornEnd {
  /** What was found to be torn. */
  torn: TornTail | undefined;
  readonly #state: ChainState;
  readonly #check: { readonly adrift: boolean };
  readonly #acked: Acked | undefined;
  readonly #least: number;

  constructor(state: ChainState, check: { readonly adrift: boolean }, { acked, least = 0 }: WalkOptions) {
    this.#state = state;
    this.#check = check;
    this.#acked = acked;
    this.#least = least;
  }

  /** Tells whether a defect at this offset of an event file is that of a torn tail. @param last - it is in the last pair */
  isTornEvents(first: number, last: boolean, offset: number): boolean {
    return last && !this.#check.adrift && this.#beyond(first, offset, (acked) => acked.eventBytes);
  }

  /** Tells the same of a content file. */
  isTornContent(first: number, last: boolean, offset: number): boolean {
    return last && !this.#check.adrift && this.#beyond(first, offset, (acked) => acked.contentBytes);
  }

  #beyond(first: number, offset: number, bytes: (acked: Acked) => number): boolean {
    const acked = this.#acked;
    if (acked === undefined) return this.#state.size >= this.#least;
    return first > acked.first || (first === acked.first && offset >= bytes(acked));
  }

  /** Notes that a pair is torn behind its last whole event. */
  tearPair(
    first: number,
    events: SegmentStream,
    content: SegmentStream,
    file: string,
    offset: number,
    reason: string,
  ): void {
    const { eventBytes, contentBytes } = this.#state;
    const bytes = events.limit - eventBytes + Math.max(0, content.limit - contentBytes);
    this.tear(file, offset, bytes, reason, eventBytes === 0 ? [first] : []);
  }

  /** Notes torn bytes. @param dropped - pairs of which nothing is kept */
  tear(file: string, offset: number, bytes: number, reason: string, dropped: readonly number[]): void {
    const before = this.torn;
    this.torn =
      before === undefined
        ? { file, offset, bytes, reason, dropped }
        : { ...before, bytes: before.bytes + bytes, dropped: [...before.dropped, ...dropped] };
  }
}
