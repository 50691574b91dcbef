// What a walk is told and what it tells.
import type { Acked } from "../format/acked-slot.ts";
import type { ContentRecord } from "../format/content-record.ts";
import type { DigestBatch } from "../format/digest-record.ts";
import type { EventFields } from "../format/event-record.ts";
import type { ChainKeys } from "../format/key-set.ts";
import type { ChainState } from "./chain-state.ts";
import type { CheckpointVerifier } from "./check-checkpoint.ts";
import type { Fault } from "./fault.ts";
import type { Examiners } from "./look-ahead.ts";
import type { KeyEpoch } from "./own-events.ts";

/** Where an event lies. */
export interface EventPlace {
  readonly first: number;
  readonly eventOffset: number;
  readonly contentOffset: number;
}

/** What a walk tells while it goes. All calls are synchronous but `batch`. */
export interface WalkHooks {
  /** A segment of events begins that was found whole. */
  segment?(sequence: number, place: EventPlace): void;
  event?(event: EventFields, hash: Uint8Array): void;
  /** Events were taken together, up to this state, without a call of `segment` and `event` for each. */
  run?(state: ChainState): void;
  /** Event hash at which `sawHead` is called when it was in events that were taken together. */
  readonly watchHead?: Uint8Array | undefined;
  sawHead?(): void;
  /** Size at which `tree` wants to be told the root. */
  readonly watchTree?: number | undefined;
  tree?(root: Uint8Array): void;
  /** A checkpoint that is right; `signed` events are covered by both signatures. */
  checkpoint?(state: ChainState): void;
  /**
   * Judges an event that may change the resource tree, with its content. @returns what is wrong, in one sentence
   *
   * Called in the order of the events; not behind a fault that makes their order unknown.
   */
  change?(event: EventFields, record: ContentRecord | undefined): string | undefined;
  /** A batch of digest records was committed. */
  batch?(
    batch: DigestBatch,
    place: { readonly file: string; readonly offset: number; readonly sequence: number },
  ): Promise<void>;
}

/** How to walk. */
export interface WalkOptions {
  readonly from?: ChainState | undefined;
  readonly acked?: Acked | undefined;
  /** Fewest events that are not torn when `acked` is unknown. */
  readonly least?: number | undefined;
  /** What lies behind this is not looked at: a writer may be at work there. */
  readonly upTo?: Acked | undefined;
  readonly verifier: CheckpointVerifier;
  /** Has stretches examined ahead. @defaultValue segment by segment, with a call of `segment` and `event` for each */
  readonly examiners?: Examiners | undefined;
  /** Ends at the first fault, as an opening writer must. */
  readonly stopAtFault?: boolean | undefined;
  readonly hooks?: WalkHooks | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Incomplete bytes behind the last whole event. */
export interface TornTail {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly reason: string;
  /** Pairs of which nothing is kept. */
  readonly dropped: readonly number[];
}

/** What a walk found. */
export interface WalkResult {
  readonly state: ChainState;
  readonly events: number;
  readonly faults: readonly Fault[];
  readonly faultCount: number;
  readonly torn: TornTail | undefined;
  /** Keys by when they came into force; known only for the stretch that was walked. */
  readonly epochs: readonly KeyEpoch[];
  /** Redacted sequence → event that redacts it, where the content was not seen to be gone. */
  readonly unfinished: ReadonlyMap<number, number>;
  /** Gives the keys that sign a checkpoint of this size. */
  keysAt(size: number): ChainKeys | undefined;
}
