// What spares an opening the walk over the whole chain: the state at one checkpoint, and the indexes up to it. It may be
// deleted at any time. It is believed only if the checkpoint record it points to is there, says the same root and head,
// and is signed by the node's own keys.
import { type CborValue, decodeCanonical, encodeCanonical, equalBytes } from "@weftos/crypto";
import type { Files } from "@weftos/interface";
import { parseNote } from "../format/checkpoint-note.ts";
import { shortHash } from "../format/domain-hash.ts";
import { CACHE_FILE, contentPath, eventPath } from "../format/file-names.ts";
import { type ChainKeys, isRecord, keyId } from "../format/key-set.ts";
import { readSegment, SEGMENT_CHECKPOINT, segmentBytes } from "../format/segment.ts";
import type { KeptKeys, KnownKeys } from "../idempotency/known-keys.ts";
import { MerkleFrontier } from "../merkle/merkle-frontier.ts";
import type { IndexEntry, SegmentIndex } from "../reader/segment-index.ts";
import type { ChainState } from "../verify/chain-state.ts";
import { checkCheckpoint, checkpointVerifier } from "../verify/check-checkpoint.ts";

const VERSION = 2;
const MAX_CACHE_BYTES = 256 * 1024 * 1024;
const CHECKSUM_BYTES = 16;

/** A state to go on from. */
export interface OpenCache {
  readonly state: ChainState;
  /** Lengths of the closed pairs of files. */
  readonly pairs: readonly (readonly [first: number, eventBytes: number, contentBytes: number])[];
  readonly index: readonly IndexEntry[];
  readonly keys: KeptKeys;
}

/** Writes the cache; `state` must stand right behind its checkpoint record. */
export async function writeCache(
  files: Files,
  dir: string,
  state: ChainState,
  index: SegmentIndex,
  keys: KnownKeys,
): Promise<void> {
  if (state.chain === undefined || state.checkpointNote === undefined || state.keys === undefined) return;
  // At a rotation the checkpoint is signed by the keys before; a cache is believed by the keys in force only.
  const note = parseNote(state.checkpointNote);
  if (typeof note === "string" || !equalBytes(note.ed25519Id, keyId(state.keys.ed25519))) return;
  const entries: CborValue[] = [];
  for (const entry of index.entries) {
    if (entry.sequence < state.size)
      entries.push([entry.sequence, entry.first, entry.eventOffset, entry.contentOffset]);
  }
  const firsts = new Set(index.entries.map(({ first }) => first).filter((first) => first < state.first));
  const kept = await keys.keep(state.size);
  const body = encodeCanonical({
    version: VERSION,
    chain: state.chain,
    size: state.size,
    head: state.head,
    time: state.time,
    tree: state.tree.roots,
    first: state.first,
    eventBytes: state.eventBytes,
    contentBytes: state.contentBytes,
    checkpointTime: state.checkpointTime,
    checkpointNote: state.checkpointNote,
    digests: state.digests,
    leavesUntil: state.leavesUntil,
    pairs: await olderPairs(files, dir, firsts),
    index: entries,
    keys: kept.recent,
    keyRuns: kept.runs.map(({ first, count, check }) => [first, count, check]),
  });
  const bytes = new Uint8Array(CHECKSUM_BYTES + body.length);
  bytes.set(shortHash(body));
  bytes.set(body, CHECKSUM_BYTES);
  await files.writeAtomic(`${dir}/${CACHE_FILE}`, bytes, { mode: 0o600 });
}

/** Gives the lengths of the files of closed pairs: `[first, event bytes, content bytes]`. */
async function olderPairs(files: Files, dir: string, firsts: Iterable<number>): Promise<[number, number, number][]> {
  const pairs: [number, number, number][] = [];
  for (const first of firsts) {
    const [events, content] = await Promise.all([
      files.stat(`${dir}/${eventPath(first)}`),
      files.stat(`${dir}/${contentPath(first)}`),
    ]);
    pairs.push([first, events?.size ?? 0, content?.size ?? 0]);
  }
  return pairs;
}

/** Reads the cache; undefined when there is none, or when it does not fit the chain: then all is walked. */
export async function readCache(files: Files, dir: string, keys: ChainKeys): Promise<OpenCache | undefined> {
  const path = `${dir}/${CACHE_FILE}`;
  const stat = await files.stat(path);
  if (stat?.kind !== "file" || stat.size < CHECKSUM_BYTES || stat.size > MAX_CACHE_BYTES) return undefined;
  const bytes = await files.read(path, { maxBytes: MAX_CACHE_BYTES });
  const body = bytes.subarray(CHECKSUM_BYTES);
  if (!equalBytes(shortHash(body), bytes.subarray(0, CHECKSUM_BYTES))) return undefined;
  const cache = parseCache(body, keys);
  return cache !== undefined && (await fits(files, dir, cache, keys)) ? cache : undefined;
}

function parseCache(body: Uint8Array, keys: ChainKeys): OpenCache | undefined {
  try {
    // The checksum holds, so this is what `writeCache` wrote, if it was this version.
    const value = decodeCanonical(body);
    if (!isRecord(value) || value.version !== VERSION) return undefined;
    const field = value as unknown as CachedFields;
    const state: ChainState = {
      chain: field.chain,
      size: field.size,
      head: field.head,
      time: field.time,
      tree: new MerkleFrontier(field.size, field.tree),
      keys,
      nextKeys: undefined,
      first: field.first,
      eventBytes: field.eventBytes,
      contentBytes: field.contentBytes,
      checkpointSize: field.size,
      checkpointTime: field.checkpointTime,
      checkpointNote: field.checkpointNote,
      digests: field.digests,
      leavesUntil: field.leavesUntil,
    };
    const index = field.index.map(([sequence, first, eventOffset, contentOffset]) => ({
      sequence,
      first,
      eventOffset,
      contentOffset,
    }));
    return {
      state,
      pairs: field.pairs,
      index,
      keys: { recent: field.keys, runs: field.keyRuns.map(([first, count, check]) => ({ first, count, check })) },
    };
  } catch {
    return undefined;
  }
}

interface CachedFields {
  readonly chain: Uint8Array;
  readonly size: number;
  readonly head: Uint8Array;
  readonly time: number;
  readonly tree: readonly Uint8Array[];
  readonly first: number;
  readonly eventBytes: number;
  readonly contentBytes: number;
  readonly checkpointTime: number;
  readonly checkpointNote: Uint8Array;
  readonly digests: number;
  readonly leavesUntil: number;
  readonly pairs: OpenCache["pairs"];
  readonly index: readonly (readonly [number, number, number, number])[];
  readonly keys: readonly (readonly [string, number, Uint8Array])[];
  readonly keyRuns: readonly (readonly [number, number, Uint8Array])[];
}

/** Tells whether older files are as long as they were, and the checkpoint record lies where the cache says. */
async function fits(files: Files, dir: string, { state, pairs }: OpenCache, keys: ChainKeys): Promise<boolean> {
  const note = state.checkpointNote as Uint8Array;
  const length = segmentBytes(note.length);
  const path = `${dir}/${eventPath(state.first)}`;
  const now = await olderPairs(
    files,
    dir,
    pairs.map(([first]) => first),
  );
  if (JSON.stringify(now) !== JSON.stringify(pairs)) return false;
  const content = await files.stat(`${dir}/${contentPath(state.first)}`);
  if ((content?.size ?? 0) < state.contentBytes) return false;
  const stat = await files.stat(path);
  if (stat === undefined || stat.size < state.eventBytes) return false;
  const file = await files.openRead(path);
  try {
    const bytes = await file.read(state.eventBytes - length, length);
    const segment = readSegment(bytes, 0, 0);
    if (typeof segment === "number" || "defect" in segment || segment.type !== SEGMENT_CHECKPOINT) return false;
    if (!equalBytes(segment.payload, note)) return false;
  } finally {
    await file.close();
  }
  const place = {
    chain: state.chain as Uint8Array,
    size: state.size,
    head: state.head,
    time: state.time,
    root: state.tree.root(),
    keys,
  };
  return !("code" in checkCheckpoint(note, place, await checkpointVerifier()));
}
