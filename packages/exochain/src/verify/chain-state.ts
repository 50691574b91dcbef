// What is known of a chain up to a boundary between segments: enough to go on from there, for the verifier and the writer.
import { ZERO_HASH } from "../format/domain-hash.ts";
import type { ChainKeys } from "../format/key-set.ts";
import { MerkleFrontier } from "../merkle/merkle-frontier.ts";

/** State behind the last segment that was walked. */
export interface ChainState {
  chain: Uint8Array | undefined;
  /** Events so far. */
  size: number;
  head: Uint8Array;
  /** Time of the last event. */
  time: number;
  tree: MerkleFrontier;
  /** Keys in force. */
  keys: ChainKeys | undefined;
  /** Keys of a rotation that waits for its checkpoint. */
  nextKeys: ChainKeys | undefined;
  /** Name of the pair of files, and how much of both belongs to this state. */
  first: number;
  eventBytes: number;
  contentBytes: number;
  /** Size and time of the newest checkpoint record. */
  checkpointSize: number;
  checkpointTime: number;
  /** Bytes of the newest checkpoint record. */
  checkpointNote: Uint8Array | undefined;
  /** Digest records committed so far. */
  digests: number;
  /** Digest records below this may be gone. */
  leavesUntil: number;
}

/** State before the first event. */
export function emptyState(): ChainState {
  return {
    chain: undefined,
    size: 0,
    head: ZERO_HASH,
    time: 0,
    tree: new MerkleFrontier(),
    keys: undefined,
    nextKeys: undefined,
    first: 0,
    eventBytes: 0,
    contentBytes: 0,
    checkpointSize: 0,
    checkpointTime: 0,
    checkpointNote: undefined,
    digests: 0,
    leavesUntil: 0,
  };
}
