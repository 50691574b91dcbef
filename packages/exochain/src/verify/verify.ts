// Verifies a chain from nothing but its files, as an outsider does.
import { equalBytes, fromHex, toHex } from "@weftos/crypto";
import { ACKED_FILE_BYTES, type Acked, decodeAcked } from "../format/acked-slot.ts";
import { parseNote } from "../format/checkpoint-note.ts";
import { ACKED_FILE, CHECKPOINT_FILE, eventPath } from "../format/file-names.ts";
import type { ChainKeys } from "../format/key-set.ts";
import { type ChainSource, readWhole } from "./chain-source.ts";
import type { ChainState } from "./chain-state.ts";
import { checkpointVerifier } from "./check-checkpoint.ts";
import type { Fault, FaultCode } from "./fault.ts";
import { LeavesCheck } from "./leaves-check.ts";
import type { Examiners } from "./look-ahead.ts";
import { type ResumePoint, resumePointOf, standsAt, stateAt } from "./resume-point.ts";
import { TreeCheck } from "./tree-check.ts";
import { walkChain } from "./walk-chain.ts";
import type { WalkResult } from "./walk-options.ts";

const MAX_NOTE_BYTES = 16_384;

/** How sure one may be; each level includes the ones before it. See `docs/formats/exochain-v2.md`, §12. */
export type Assurance = "linked" | "signed" | "pinned" | "complete";

/** What is known from outside, and how to verify. */
export interface VerifyOptions {
  /** Event hash (64 hex digits) kept elsewhere: it must be in the chain. */
  readonly head?: string | undefined;
  /** A checkpoint note kept elsewhere: it must be this chain's, and signed by its keys. */
  readonly checkpoint?: Uint8Array | string | undefined;
  /** Keys known from elsewhere: they must be those of genesis, or have come into force later and have signed since. */
  readonly keys?: ChainKeys | undefined;
  /** The writer runs: bytes behind the acknowledged length are its unfinished work, not a torn tail. @defaultValue false */
  readonly live?: boolean | undefined;
  /**
   * Where an earlier verification ended, kept since: what lies before it is not read again. A pinned head or checkpoint must
   * not be older, and only keys that came into force later, or were in force there, are found.
   */
  readonly resume?: ResumePoint | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a verification found. */
export interface VerifyResult {
  readonly valid: boolean;
  /** `closed`: a checkpoint covers the head; `open`: events follow the last one; `torn`: an unfinished write lies behind. */
  readonly tail: "closed" | "open" | "torn";
  /** Events that are whole: those that were read, and those before the place where it resumed. */
  readonly events: number;
  /** Hash of the last event, lower-case hex; empty without events. */
  readonly head: string;
  /** Undefined when not even the links hold. */
  readonly assurance: Assurance | undefined;
  /** Events that the newest checkpoint covers. */
  readonly checkpoint: number;
  /** Where a later verification can go on, at the newest checkpoint; undefined unless all is valid. */
  readonly resume: ResumePoint | undefined;
  /** The first faults, at most 100, in the order they were met. */
  readonly faults: readonly Fault[];
  readonly faultCount: number;
}

/**
 * Verifies a chain: streams over its files with flat memory.
 *
 * Without anything from outside, whoever holds the keys could have rewritten the whole chain: keep a head or a checkpoint
 * elsewhere and give it here.
 *
 * @param source - where the files are; see {@link ChainSource}
 * @returns what was found; a damaged chain is a result, not an exception
 * @throws RangeError when `head` is not 64 hex digits or `resume` is none; what the source throws; the signal's reason
 */
export async function verify(source: ChainSource, options: VerifyOptions = {}): Promise<VerifyResult> {
  return await verifyWith(source, options, { startHelper: undefined });
}

/** Verifies as {@link verify} does. @param examiners - undefined: segment by segment, which finds the same in more time */
export async function verifyWith(
  source: ChainSource,
  options: VerifyOptions,
  examiners: Examiners | undefined,
): Promise<VerifyResult> {
  const before = options.live === true ? await readAcked(source) : undefined;
  const result = await verifyOnce(source, options, examiners);
  // Of a live chain, content may have been redacted after the end was fixed that this walk went to: then look again.
  const gone = options.live === true && result.faults.some(({ code }) => code === "CHAIN_CONTENT");
  if (!gone || (await readAcked(source))?.events === before?.events) return result;
  return await verifyOnce(source, options, examiners);
}

async function verifyOnce(
  source: ChainSource,
  options: VerifyOptions,
  examiners: Examiners | undefined,
): Promise<VerifyResult> {
  const pinnedHead = options.head === undefined ? undefined : readHead(options.head);
  // In this order a writer at work cannot deceive: each of these is on disk before the next one speaks of it.
  const verifier = await checkpointVerifier();
  const note = await readWhole(source, CHECKPOINT_FILE, MAX_NOTE_BYTES);
  const acked = await readAcked(source);
  const leaves = await LeavesCheck.open(source);
  const pin =
    typeof options.checkpoint === "string" ? new TextEncoder().encode(options.checkpoint) : options.checkpoint;
  const pinned = pin === undefined ? undefined : parseNote(pin);
  const extra: Fault[] = leaves.defects.map(({ path, reason }) => ({
    code: "CHAIN_DIGEST",
    file: path,
    offset: 0,
    sequence: 0,
    reason,
  }));
  const kept = options.resume === undefined ? undefined : stateAt(options.resume);
  const from = kept !== undefined && (await standsAt(source, kept)) ? kept : undefined;
  if (kept !== undefined && from === undefined) {
    const reason = `the checkpoint of ${kept.size} events is not where the verification to resume had found it`;
    extra.push({
      code: "CHAIN_PIN",
      file: eventPath(kept.first),
      offset: kept.eventBytes,
      sequence: kept.size,
      reason,
    });
  }
  let last: ChainState | undefined = from;
  let headFound = from !== undefined && pinnedHead !== undefined && equalBytes(from.head, pinnedHead);
  const pinnedHere = from !== undefined && typeof pinned === "object" && pinned.size === from.size ? from : undefined;
  let pinnedRoot: Uint8Array | undefined = pinnedHere?.tree.root();
  let pinnedHeadOfNote: Uint8Array | undefined = pinnedHere?.head;
  const isReached = (state: ChainState): boolean =>
    note !== undefined && state.checkpointNote !== undefined && equalBytes(note, state.checkpointNote);
  let noteFound = from !== undefined && isReached(from);
  let missing: { readonly until: number; readonly fault: Fault } | undefined;

  const tree = new TreeCheck();
  let result: WalkResult;
  try {
    result = await walkChain(source, {
      from,
      acked,
      upTo: options.live === true ? acked : undefined,
      least: noteSize(note),
      verifier,
      signal: options.signal,
      examiners,
      hooks: {
        run({ size, head }) {
          if (typeof pinned === "object" && pinned.size === size) pinnedHeadOfNote = head;
        },
        watchHead: pinnedHead,
        sawHead() {
          headFound = true;
        },
        event(event, hash) {
          if (pinnedHead !== undefined && equalBytes(hash, pinnedHead)) headFound = true;
          if (typeof pinned === "object" && pinned.size === event.sequence + 1) pinnedHeadOfNote = hash;
        },
        change: (event, record) => tree.fault(event, record),
        tree(root) {
          pinnedRoot = root;
        },
        watchTree: typeof pinned === "object" ? pinned.size : undefined,
        checkpoint(state) {
          if (isReached(state)) noteFound = true;
          last = { ...state, tree: state.tree.clone() };
        },
        async batch(batch, { sequence }) {
          const found = await leaves.check(batch);
          if (found === "ok") return;
          const fault = (file: string, offset: number, reason: string): Fault => ({
            code: "CHAIN_DIGEST",
            file,
            offset,
            sequence,
            reason,
          });
          if (found === "missing")
            missing = {
              until: batch.first + batch.count,
              fault: fault("journal/leaves", 0, "the leaves of a digest batch are missing"),
            };
          else extra.push(fault(found.path, found.offset, found.reason));
        },
      },
    });
  } finally {
    await leaves.close();
  }

  const { state } = result;
  const end = (code: FaultCode, file: string, offset: number, reason: string): void => {
    extra.push({ code, file, offset, sequence: state.size, reason });
  };
  const lastFile = eventPath(state.first);
  if (missing !== undefined && missing.until > state.leavesUntil) extra.push(missing.fault);
  if (state.size === 0) end("CHAIN_TRUNCATED", "chain", 0, "there is no event");
  if (acked !== undefined && acked.events > state.size) {
    end(
      "CHAIN_TRUNCATED",
      lastFile,
      state.eventBytes,
      `${acked.events} events were acknowledged, ${state.size} are there`,
    );
  }
  const published = note === undefined ? undefined : parseNote(note);
  if (typeof published === "string") end("CHAIN_CHECKPOINT", CHECKPOINT_FILE, 0, published);
  else if (published !== undefined && published.size > state.size) {
    end(
      "CHAIN_TRUNCATED",
      lastFile,
      state.eventBytes,
      `${CHECKPOINT_FILE} is for ${published.size} events, ${state.size} are there`,
    );
  } else if (published !== undefined && !noteFound) {
    end("CHAIN_CHECKPOINT", CHECKPOINT_FILE, 0, "the file is not equal to a checkpoint of the chain");
  } else if (published === undefined && state.checkpointSize > 0 && options.live !== true) {
    end("CHAIN_CHECKPOINT", CHECKPOINT_FILE, 0, "the file is missing, though the chain holds checkpoints");
  }
  if (pinnedHead !== undefined && !headFound) {
    end(
      "CHAIN_TRUNCATED",
      lastFile,
      state.eventBytes,
      `the pinned head ${options.head} is not in the chain: it was cut, rolled back or replaced`,
    );
  }
  if (typeof pinned === "string") end("CHAIN_PIN", "", 0, `the pinned checkpoint cannot be read: ${pinned}`);
  else if (pinned !== undefined) {
    if (pinned.size > state.size)
      end(
        "CHAIN_TRUNCATED",
        lastFile,
        state.eventBytes,
        `the pinned checkpoint is for ${pinned.size} events, ${state.size} are there`,
      );
    else if (from !== undefined && pinned.size < from.size) {
      end("CHAIN_PIN", "", 0, `the pinned checkpoint is older than the ${from.size} events from which it resumed`);
    } else if (
      pinnedRoot === undefined ||
      pinnedHeadOfNote === undefined ||
      !equalBytes(pinnedRoot, pinned.root) ||
      !equalBytes(pinnedHeadOfNote, pinned.head)
    ) {
      end("CHAIN_PIN", "", 0, "the pinned checkpoint is not of these events");
    } else {
      const keys = result.keysAt(pinned.size);
      const same = pin !== undefined && from?.checkpointNote !== undefined && equalBytes(pin, from.checkpointNote);
      const unknown = keys === undefined ? "the keys of the chain are not known" : verifier.check(pinned, keys);
      const wrong = same ? undefined : unknown;
      if (wrong !== undefined) end("CHAIN_PIN", "", 0, `the pinned checkpoint is not signed by this chain: ${wrong}`);
    }
  }
  if (options.keys !== undefined) {
    const { ed25519, mlDsa65 } = options.keys;
    const epoch = result.epochs.find(
      ({ keys }) => equalBytes(keys.ed25519, ed25519) && equalBytes(keys.mlDsa65, mlDsa65),
    );
    if (epoch === undefined)
      end("CHAIN_PIN", eventPath(0), 0, "genesis and rotations name other keys than those given");
    // Anybody can name somebody else's keys: later ones count once they signed.
    else if (epoch.from > 1 && !epoch.signed)
      end("CHAIN_PIN", lastFile, 0, "the keys given are named by a rotation, but signed nothing since");
  }
  const torn = options.live === true ? undefined : result.torn;
  if (torn !== undefined)
    end("CHAIN_TORN", torn.file, torn.offset, `${torn.bytes} bytes of an unfinished write: ${torn.reason}`);

  const faults = [...result.faults, ...extra];
  const faultCount = result.faultCount + extra.length;
  const covered = state.checkpointSize === state.size && state.size > 0;
  const closed =
    covered && note !== undefined && state.checkpointNote !== undefined && equalBytes(note, state.checkpointNote);
  return {
    valid: faultCount === 0,
    tail: torn !== undefined ? "torn" : closed ? "closed" : "open",
    events: (from?.size ?? 0) + result.events,
    head: state.size === 0 ? "" : toHex(state.head),
    assurance: assuranceOf(
      faults,
      faultCount,
      state.checkpointSize > 0,
      pinnedHead !== undefined || pinned !== undefined,
      () =>
        pinnedHead !== undefined
          ? equalBytes(pinnedHead, state.head)
          : typeof pinned === "object" && pinned.size === state.size,
    ),
    checkpoint: state.checkpointSize,
    resume: faultCount > 0 || last === undefined ? undefined : resumePointOf(last),
    faults: faults.slice(0, 100),
    faultCount,
  };
}

/** A torn tail leaves what lies before it as sure as it was; any other fault leaves nothing. */
function assuranceOf(
  faults: readonly Fault[],
  count: number,
  signed: boolean,
  pinned: boolean,
  atHead: () => boolean,
): Assurance | undefined {
  if (count > faults.length || faults.some((fault) => fault.code !== "CHAIN_TORN")) return undefined;
  if (!signed) return "linked";
  if (!pinned) return "signed";
  return atHead() ? "complete" : "pinned";
}

function readHead(head: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(head)) throw new RangeError("a head is 64 lower-case hex digits");
  return fromHex(head);
}

function noteSize(note: Uint8Array | undefined): number {
  const parsed = note === undefined ? undefined : parseNote(note);
  return typeof parsed === "object" ? parsed.size : 0;
}

/** Reads what was acknowledged; undefined when the file is missing or both slots are bad. */
export async function readAcked(source: ChainSource): Promise<Acked | undefined> {
  const bytes = await readWhole(source, ACKED_FILE, ACKED_FILE_BYTES);
  return bytes === undefined ? undefined : decodeAcked(bytes);
}
