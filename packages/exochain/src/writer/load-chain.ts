// Opening: from files to the state that a writer goes on from. A torn tail is cut and reported; anything wrong below what
// was acknowledged refuses, before a single byte was changed.
import { equalBytes } from "@weftos/crypto";
import type { Files } from "@weftos/interface";
import { ChainDamagedError, ChainTruncatedError } from "../error/chain-errors.ts";
import type { Acked } from "../format/acked-slot.ts";
import { parseNote } from "../format/checkpoint-note.ts";
import { CHAIN_FOLDER, CHECKPOINT_FILE, CONTENT_FOLDER, contentPath, eventPath } from "../format/file-names.ts";
import type { KnownKeys } from "../idempotency/known-keys.ts";
import { SegmentIndex } from "../reader/segment-index.ts";
import { filesSource, readWhole } from "../verify/chain-source.ts";
import type { ChainState } from "../verify/chain-state.ts";
import { checkpointVerifier } from "../verify/check-checkpoint.ts";
import { readAcked } from "../verify/published-end.ts";
import { redoneSource } from "../verify/redone-source.ts";
import { walkChain } from "../verify/walk-chain.ts";
import type { TornTail, WalkResult } from "../verify/walk-options.ts";
import { cut } from "./cut-file.ts";
import type { OpenCache } from "./open-cache.ts";

const MAX_NOTE_BYTES = 16_384;

/** A chain as it was found. */
export interface LoadedChain {
  readonly state: ChainState;
  readonly index: SegmentIndex;
  readonly torn: TornTail | undefined;
  readonly acked: Acked | undefined;
  /** Redacted sequence → event that redacts it, where the content may still be there. */
  readonly unfinished: ReadonlyMap<number, number>;
  /** Whether `chain/checkpoint` is not the newest record. */
  readonly checkpointStale: boolean;
}

/**
 * Reads a chain and checks it from the last state known to be good.
 *
 * @param keys - is told the idempotency keys behind that state
 * @throws `CHAIN_DAMAGED`, `CHAIN_TRUNCATED`
 */
export async function loadChain(
  files: Files,
  dir: string,
  cached: OpenCache | undefined,
  keys?: KnownKeys,
): Promise<LoadedChain> {
  const source = await redoneSource(filesSource(files, dir));
  const [acked, note, verifier] = await Promise.all([
    readAcked(source),
    readWhole(source, CHECKPOINT_FILE, MAX_NOTE_BYTES),
    checkpointVerifier(),
  ]);
  const published = note === undefined ? undefined : parseNote(note);
  if (typeof published === "string") throw damagedAt(CHECKPOINT_FILE, 0, 0, "CHAIN_CHECKPOINT", published);
  const index = new SegmentIndex(cached?.index);
  let noteFound = published === undefined || (cached?.state.checkpointSize ?? 0) >= published.size;
  const result = await walkChain(source, {
    from: cached?.state,
    acked,
    least: published?.size ?? 0,
    verifier,
    stopAtFault: true,
    hooks: {
      segment: (sequence, place) => index.add(sequence, place),
      event(event, hash) {
        if (event.key !== null) keys?.walked(event.key, { sequence: event.sequence, hash });
      },
      checkpoint(state) {
        if (note !== undefined && state.checkpointNote !== undefined && equalBytes(note, state.checkpointNote))
          noteFound = true;
      },
    },
  });
  refuseDamage(result, acked, published?.size ?? 0);
  if (!noteFound)
    throw damagedAt(
      CHECKPOINT_FILE,
      0,
      result.state.size,
      "CHAIN_CHECKPOINT",
      "the file is not equal to a checkpoint of the chain",
    );
  const { state, torn } = result;
  const checkpointStale =
    state.checkpointNote !== undefined && (note === undefined || !equalBytes(note, state.checkpointNote));
  return { state, index, torn, acked, unfinished: result.unfinished, checkpointStale };
}

function refuseDamage(result: WalkResult, acked: Acked | undefined, published: number): void {
  const { state } = result;
  const [fault] = result.faults;
  if (fault !== undefined) throw damagedAt(fault.file, fault.offset, fault.sequence, fault.code, fault.reason);
  const expected = Math.max(acked?.events ?? 0, published);
  if (expected > state.size) {
    const file = eventPath(state.first);
    const what = expected === acked?.events ? "were acknowledged" : `are covered by ${CHECKPOINT_FILE}`;
    throw new ChainTruncatedError(
      `the chain is cut: ${expected} events ${what}, ${state.size} are there; ${file} ends at byte ${state.eventBytes}`,
      {
        details: { file, offset: state.eventBytes, expected, found: state.size },
      },
    );
  }
}

function damagedAt(
  file: string,
  offset: number,
  sequence: number,
  fault: ChainDamagedError["details"]["fault"],
  reason: string,
): ChainDamagedError {
  return new ChainDamagedError(`${file} is damaged at byte ${offset}, event ${sequence}: ${reason}`, {
    details: { file, offset, sequence, fault },
  });
}

/** Cuts a torn tail off. */
export async function cutTornTail(files: Files, dir: string, loaded: LoadedChain): Promise<void> {
  const { torn, state } = loaded;
  if (torn === undefined) return;
  for (const first of torn.dropped) {
    await cut(files, `${dir}/${eventPath(first)}`, 0);
    await cut(files, `${dir}/${contentPath(first)}`, 0);
  }
  if (!torn.dropped.includes(state.first)) {
    await cut(files, `${dir}/${eventPath(state.first)}`, state.eventBytes);
    await cut(files, `${dir}/${contentPath(state.first)}`, state.contentBytes);
  }
}

/** Makes the folders of a chain that are not there; that of the content lies in the chain's own. */
export async function makeFolders(files: Files, dir: string): Promise<void> {
  await Promise.all(
    [CONTENT_FOLDER, "run", "journal", "cache"].map(async (folder) => {
      if ((await files.stat(`${dir}/${folder}`)) === undefined)
        await files.makeFolder(`${dir}/${folder}`, { mode: 0o700 });
    }),
  );
}

/** Tells whether a directory holds a chain, or the traces of one. */
export async function chainExists(files: Files, dir: string): Promise<boolean> {
  const source = filesSource(files, dir);
  const names = await source.list(CHAIN_FOLDER);
  if (names.some(({ name }) => name === "checkpoint" || name.endsWith(".rvf"))) return true;
  return (await readAcked(source)) !== undefined;
}
