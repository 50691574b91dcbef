// Repair of a chain that does not open: it is moved aside as it is, and a successor begins whose genesis says what it
// continues. Nothing of the damaged chain is changed or taken over: it is evidence.
import { toHex } from "@weftos/crypto";
import { type Files, isWeftError } from "@weftos/interface";
import { inspectLeaves } from "../digest/leaves-writer.ts";
import {
  ChainAbsentError,
  type ChainDamagedError,
  ChainHealthyError,
  type ChainTruncatedError,
} from "../error/chain-errors.ts";
import type { Succession } from "../format/chain-event.ts";
import { parseNote } from "../format/checkpoint-note.ts";
import { ZERO_HASH } from "../format/domain-hash.ts";
import {
  ACKED_FILE,
  CACHE_FILE,
  CACHE_TILES_FOLDER,
  CHAIN_FOLDER,
  CHECKPOINT_FILE,
  KEYS_FOLDER,
  LEAVES_FILE,
  OLD_LEAVES_FILE,
  QUERY_FOLDER,
  REDO_FILE,
  REPAIR_FILE,
} from "../format/file-names.ts";
import { filesSource, readWhole } from "../verify/chain-source.ts";
import { checkpointVerifier } from "../verify/check-checkpoint.ts";
import { readAcked } from "../verify/published-end.ts";
import { redoneSource } from "../verify/redone-source.ts";
import { walkChain } from "../verify/walk-chain.ts";
import type { OpenChainInit } from "../writer/chain.ts";
import { chainExists, loadChain, makeFolders } from "../writer/load-chain.ts";
import { openSuccessor } from "../writer/open-chain.ts";
import { lockWriter } from "../writer/writer-lock.ts";
import { type RepairPlan, readPlan, writePlan } from "./repair-plan.ts";

const MAX_NOTE_BYTES = 16_384;
/** Moved in this order: while the chain lies in its place, it is known to be the damaged one. */
const EVIDENCE = [LEAVES_FILE, OLD_LEAVES_FILE, ACKED_FILE, REDO_FILE, CHAIN_FOLDER] as const;
const CACHES = [CACHE_FILE, QUERY_FOLDER, KEYS_FOLDER, CACHE_TILES_FOLDER] as const;

/** What is wrong with a chain that does not open. */
export interface Damage {
  readonly code: "CHAIN_DAMAGED" | "CHAIN_TRUNCATED";
  readonly message: string;
  readonly file: string;
  readonly offset: number;
}

/** What a repair did, or would do. */
export interface Repair {
  /** Whether it was done; false for a dry run. */
  readonly done: boolean;
  /** Undefined when it finished a repair that had been cut short. */
  readonly damage: Damage | undefined;
  /** Folder below the state directory that holds the damaged chain, laid out as a state directory. */
  readonly quarantine: string;
  /** What the genesis of the successor names: how far the damaged chain was good. */
  readonly continues: Succession;
  /** Id of the successor, lower-case hex; undefined for a dry run. */
  readonly successor: string | undefined;
}

/**
 * Moves a damaged chain aside, byte for byte, and begins a successor.
 *
 * @param init - as for `openChain`; nobody may have the chain open
 * @param options - `dryRun`: only tell what would happen
 * @throws `CHAIN_HEALTHY` when the chain opens as it is; `CHAIN_ABSENT`; `CHAIN_LOCKED`
 */
export async function repairChain(init: OpenChainInit, options: { readonly dryRun?: boolean } = {}): Promise<Repair> {
  const { files, dir, host } = init;
  const begun = await readPlan(files, dir);
  if (begun === undefined && !(await chainExists(files, dir)))
    throw new ChainAbsentError(`${dir} holds no chain`, { details: { dir } });
  const unlock = host === undefined ? async () => undefined : await lockWriter(files, dir, host);
  try {
    return await repairLocked({ ...init, host: undefined }, begun, options.dryRun === true);
  } finally {
    await unlock();
  }
}

async function repairLocked(init: OpenChainInit, begun: RepairPlan | undefined, dryRun: boolean): Promise<Repair> {
  const { files, dir, clock } = init;
  const damage = begun === undefined ? await diagnose(init) : undefined;
  const plan = begun ?? { quarantine: `chain.damaged-${clock.now()}`, continues: await lastGood(files, dir) };
  if (dryRun) return { done: false, damage, ...plan, successor: undefined };
  if (begun === undefined) {
    await files.makeFolder(`${dir}/journal`, { mode: 0o700 });
    await writePlan(files, dir, plan);
  }
  await quarantine(files, dir, plan.quarantine);
  const chain = await openSuccessor(init, plan.continues);
  const successor = chain.status().chainId;
  await chain.close();
  await files.remove(`${dir}/${REPAIR_FILE}`);
  return { done: true, damage, ...plan, successor };
}

/** Tells what keeps the chain from being opened. @throws `CHAIN_HEALTHY` */
async function diagnose({ files, dir }: OpenChainInit): Promise<Damage> {
  try {
    const { state } = await loadChain(files, dir, undefined);
    const leaves = await inspectLeaves(files, dir, state.digests);
    if (!("reason" in leaves))
      throw new ChainHealthyError(`the chain in ${dir} opens as it is: ${state.size} events`, {
        details: { dir, events: state.size },
      });
    const { offset, reason } = leaves;
    return { code: "CHAIN_DAMAGED", message: `${LEAVES_FILE}: ${reason}`, file: LEAVES_FILE, offset };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const { file, offset } = error.details;
    return { code: error.code, message: error.message, file, offset };
  }
}

function isDamage(error: unknown): error is ChainDamagedError | ChainTruncatedError {
  return isWeftError(error, "CHAIN_DAMAGED") || isWeftError(error, "CHAIN_TRUNCATED");
}

/** Gives how far the chain is good: up to the first fault. */
async function lastGood(files: Files, dir: string): Promise<Succession> {
  const source = await redoneSource(filesSource(files, dir));
  const acked = await readAcked(source);
  const note = await readWhole(source, CHECKPOINT_FILE, MAX_NOTE_BYTES);
  const published = note === undefined ? undefined : parseNote(note);
  const verifier = await checkpointVerifier();
  const { state } = await walkChain(source, { acked, verifier, stopAtFault: true });
  const chain = state.chain ?? (typeof published === "object" ? published.chain : new Uint8Array(16));
  return { chain: toHex(chain), size: state.size, head: toHex(state.size === 0 ? ZERO_HASH : state.head) };
}

/** Moves the evidence, from wherever a crash had stopped this before. */
async function quarantine(files: Files, dir: string, folder: string): Promise<void> {
  const aside = `${dir}/${folder}`;
  if ((await files.stat(`${aside}/${CHAIN_FOLDER}`)) === undefined) {
    for (const path of ["journal", "run"]) await files.makeFolder(`${aside}/${path}`, { mode: 0o700 });
    for (const path of EVIDENCE) {
      if ((await files.stat(`${dir}/${path}`)) === undefined) continue;
      await files.rename(`${dir}/${path}`, `${aside}/${path}`);
      // After a power failure a file may have both names, and a rename from one to the other does nothing.
      if ((await files.stat(`${dir}/${path}`)) !== undefined) await files.remove(`${dir}/${path}`);
    }
    // A chain of which only traces were left.
    await makeFolders(files, aside);
  }
  // Made of the damaged chain, and made again at need.
  for (const path of CACHES) {
    if ((await files.stat(`${dir}/${path}`)) !== undefined) await files.remove(`${dir}/${path}`, { recursive: true });
  }
}
