// Where a verification can go on later: the state of the chain at a checkpoint that it reached without a fault. Whoever keeps
// it trusts it like a checkpoint that he kept; the chain must still have that record in its place.
import { equalBytes, fromBase64, toBase64 } from "@weftos/crypto";
import { parseNote } from "../format/checkpoint-note.ts";
import { eventPath } from "../format/file-names.ts";
import { describeKeys, isRecord, type KeyDescription, parseKeys } from "../format/key-set.ts";
import { encodeSegment, SEGMENT_CHECKPOINT } from "../format/segment.ts";
import { MerkleFrontier } from "../merkle/merkle-frontier.ts";
import type { ChainSource } from "./chain-source.ts";
import type { ChainState } from "./chain-state.ts";

/** A place to go on from, as JSON. */
export interface ResumePoint {
  /** The checkpoint note. */
  readonly checkpoint: string;
  /** Roots of the complete subtrees of the Merkle tree, largest first, base64. */
  readonly tree: readonly string[];
  /** Name of the pair of files, and the offsets behind the checkpoint and the content before it. */
  readonly first: number;
  readonly eventBytes: number;
  readonly contentBytes: number;
  /** Time of the last event, milliseconds UTC. */
  readonly time: number;
  readonly digests: number;
  readonly leavesUntil: number;
  /** Keys in force from here on. */
  readonly keys: readonly KeyDescription[];
}

/** Describes a state that stands right behind a checkpoint; undefined when it does not. */
export function resumePointOf(state: ChainState): ResumePoint | undefined {
  const { checkpointNote, keys, tree, first, eventBytes, contentBytes, time, digests, leavesUntil } = state;
  if (checkpointNote === undefined || keys === undefined || state.checkpointSize !== state.size) return undefined;
  return {
    checkpoint: new TextDecoder().decode(checkpointNote),
    tree: tree.roots.map(toBase64),
    first,
    eventBytes,
    contentBytes,
    time,
    digests,
    leavesUntil,
    keys: describeKeys(keys),
  };
}

/** Reads a point, say from JSON. @throws RangeError when it is none, or does not agree with its own checkpoint */
export function readResumePoint(value: unknown): ResumePoint {
  stateAt(value);
  return value as ResumePoint;
}

/** Gives the state of a point. @throws RangeError when it is none, or does not agree with its own checkpoint */
export function stateAt(point: unknown): ChainState {
  const state = readPoint(point);
  if (state === undefined) throw new RangeError("expected a place to resume from, as a verification gave it");
  return state;
}

function readPoint(point: unknown): ChainState | undefined {
  if (!isRecord(point) || typeof point.checkpoint !== "string" || !Array.isArray(point.tree)) return undefined;
  const checkpointNote = new TextEncoder().encode(point.checkpoint);
  const note = parseNote(checkpointNote);
  const keys = parseKeys(point.keys);
  const counts = ["first", "eventBytes", "contentBytes", "time", "digests", "leavesUntil"] as const;
  const [first, eventBytes, contentBytes, time, digests, leavesUntil] = counts.map((name) => point[name]);
  if (typeof note === "string" || keys === undefined) return undefined;
  if (!isCount(first) || !isCount(eventBytes) || !isCount(contentBytes)) return undefined;
  if (!isCount(time) || !isCount(digests) || !isCount(leavesUntil)) return undefined;
  try {
    const roots = point.tree.map((root) => fromBase64(String(root)));
    const tree = new MerkleFrontier(note.size, roots);
    if (!equalBytes(tree.root(), note.root)) return undefined;
    const { chain, size, head, time: checkpointTime } = note;
    const reached = { chain, size, head, time, tree, keys, nextKeys: undefined, first, eventBytes, contentBytes };
    return { ...reached, checkpointSize: size, checkpointTime, checkpointNote, digests, leavesUntil };
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Tells whether a chain has the checkpoint of a state where the state says. */
export async function standsAt(source: ChainSource, state: ChainState): Promise<boolean> {
  const record = encodeSegment(SEGMENT_CHECKPOINT, state.size, state.checkpointNote as Uint8Array);
  const at = state.eventBytes - record.length;
  const file = at < 0 ? undefined : await source.open(eventPath(state.first));
  if (file === undefined) return false;
  try {
    return equalBytes(await file.read(at, record.length), record);
  } finally {
    await file.close();
  }
}
