// A stretch of a chain: some segments of events and checkpoints in a row with the segments of their content, so much as is
// worth handing to another thread. A report on one says that there is nothing wrong in it, and what it makes of the state of
// a chain that stands right before it. It never says what is wrong: that is found where segments are judged one by one.
import type { Subtree } from "../merkle/merkle-frontier.ts";

/** Bytes of a stretch, and where they lie in the files of their pair. */
export interface Stretch {
  readonly eventsAt: number;
  readonly events: Uint8Array;
  readonly contentAt: number;
  readonly content: Uint8Array;
}

/** What somebody waits for. */
export interface Watch {
  /** Event hash that is looked for. */
  readonly head?: Uint8Array | undefined;
  /** Size of the tree at which a run ends. */
  readonly size?: number | undefined;
}

/** An event of the format itself: whoever knows the state judges it. Both are copies. */
export interface OwnEvent {
  readonly event: Uint8Array;
  /** Its content record; undefined without a payload. */
  readonly record: Uint8Array | undefined;
  /** Offset of its segment. */
  readonly offset: number;
}

/** Events in a row, with a checkpoint behind them or not. */
export interface Run {
  readonly count: number;
  /** Hash of the last event. */
  readonly head: Uint8Array;
  /** Time of the last event. */
  readonly time: number;
  readonly subtrees: readonly Subtree[];
  readonly own: readonly OwnEvent[];
  /** Offset behind the content of its events. */
  readonly contentEnd: number;
  /** A whole segment, its offset and the one behind it. */
  readonly checkpoint: { readonly bytes: Uint8Array; readonly offset: number; readonly end: number } | undefined;
}

/** What a stretch without a fault holds. */
export interface StretchReport {
  /** Offsets behind it. */
  readonly eventsEnd: number;
  readonly contentEnd: number;
  /** Its first event; undefined when it holds checkpoints only. */
  readonly begin:
    | {
        readonly chain: Uint8Array;
        readonly sequence: number;
        readonly time: number;
        readonly previous: Uint8Array;
      }
    | undefined;
  readonly runs: readonly Run[];
  /** Whether the watched hash is one of its events'. */
  readonly sawHead: boolean;
}
