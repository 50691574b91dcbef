// Verifies a chain from nothing but its files, as an outsider does.
import { toHex } from "@weftos/crypto";
import { eventPath } from "../format/file-names.ts";
import type { ChainKeys } from "../format/key-set.ts";
import type { ChainSource } from "./chain-source.ts";
import type { ChainState } from "./chain-state.ts";
import { checkpointVerifier } from "./check-checkpoint.ts";
import type { Fault } from "./fault.ts";
import { LeavesCheck } from "./leaves-check.ts";
import type { Examiners } from "./look-ahead.ts";
import { judgeKeys, type NoteFault, Pins } from "./pins.ts";
import { PublishedEnd, readAcked } from "./published-end.ts";
import { type ResumePoint, resumePointOf, standsAt, stateAt } from "./resume-point.ts";
import { TreeCheck } from "./tree-check.ts";
import { walkChain } from "./walk-chain.ts";

/** Most faults that are given. */
const MAX_FAULTS = 100;

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
  /** Whether the keys given are the chain's; `not-given`: it was held to the keys that it names itself. */
  readonly keys: "not-given" | "same" | "other";
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
  const live = options.live === true;
  const pins = new Pins(options);
  const verifier = await checkpointVerifier();
  const end = await PublishedEnd.read(source);
  const extra: Fault[] = [];
  const from = await resumed(source, options.resume, extra);
  // Last, as a writer brings leaves to the disk before what speaks of them.
  const leaves = await LeavesCheck.open(source);
  extra.unshift(...leaves.defects);
  const tree = new TreeCheck();
  let last: ChainState | undefined = from;
  if (from !== undefined) {
    end.met(from);
    pins.beginAt(from);
  }
  const result = await walkChain(source, {
    from,
    acked: end.acked,
    upTo: live ? end.acked : undefined,
    least: end.least,
    verifier,
    signal: options.signal,
    examiners,
    hooks: {
      ...pins.hooks,
      event: (event, hash) => pins.event(event, hash),
      change: (event, record) => tree.fault(event, record),
      checkpoint(state) {
        end.met(state);
        last = { ...state, tree: state.tree.clone() };
      },
      batch: async (batch, { sequence }) => {
        const fault = await leaves.check(batch, sequence);
        if (fault !== undefined) extra.push(fault);
      },
    },
  }).finally(() => leaves.close());

  const { state } = result;
  const note: NoteFault = (code, file, offset, reason) => {
    extra.push({ code, file, offset, sequence: state.size, reason });
  };
  const missing = leaves.missingFrom(state.leavesUntil);
  if (missing !== undefined) extra.push(missing);
  end.judge(state, live, note);
  pins.judge(result, verifier, note);
  const same = options.keys === undefined ? undefined : judgeKeys(options.keys, result, note);
  const torn = live ? undefined : result.torn;
  if (torn !== undefined)
    note("CHAIN_TORN", torn.file, torn.offset, `${torn.bytes} bytes of an unfinished write: ${torn.reason}`);

  const faults = [...result.faults, ...extra];
  const faultCount = result.faultCount + extra.length;
  const closed = state.checkpointSize === state.size && state.size > 0 && end.is(state);
  return {
    valid: faultCount === 0,
    tail: torn !== undefined ? "torn" : closed ? "closed" : "open",
    events: (from?.size ?? 0) + result.events,
    head: state.size === 0 ? "" : toHex(state.head),
    assurance: isSure(faults, faultCount) ? assuranceOf(state, pins) : undefined,
    checkpoint: state.checkpointSize,
    keys: same === undefined ? "not-given" : same ? "same" : "other",
    resume: faultCount > 0 || last === undefined ? undefined : resumePointOf(last),
    faults: faults.slice(0, MAX_FAULTS),
    faultCount,
  };
}

/** Gives the state to resume from; none when the files are not as they were there. */
async function resumed(
  source: ChainSource,
  resume: ResumePoint | undefined,
  extra: Fault[],
): Promise<ChainState | undefined> {
  const kept = resume === undefined ? undefined : stateAt(resume);
  if (kept === undefined || (await standsAt(source, kept))) return kept;
  const { first, eventBytes, size } = kept;
  const reason = `the checkpoint of ${size} events is not where the verification to resume had found it`;
  extra.push({ code: "CHAIN_PIN", file: eventPath(first), offset: eventBytes, sequence: size, reason });
  return undefined;
}

/** A torn tail leaves what lies before it as sure as it was; any other fault leaves nothing. */
function isSure(faults: readonly Fault[], count: number): boolean {
  return count <= faults.length && faults.every((fault) => fault.code === "CHAIN_TORN");
}

function assuranceOf(state: ChainState, pins: Pins): Assurance {
  if (state.checkpointSize === 0) return "linked";
  if (!pins.given) return "signed";
  return pins.atEnd(state) ? "complete" : "pinned";
}
