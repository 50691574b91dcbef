// Opening a chain: lock, keys, what lies on disk, what must be cut, and the writer that goes on from there.
import { LeavesWriter } from "../digest/leaves-writer.ts";
import { ChainAbsentError, ChainDamagedError, ChainKeysError } from "../error/chain-errors.ts";
import type { Succession } from "../format/chain-event.ts";
import { LEAVES_FILE } from "../format/file-names.ts";
import { KnownKeys } from "../idempotency/known-keys.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import {
  fileSigner,
  hasNextKeys,
  otherKeys,
  removeUnfinished,
  type SettledKeys,
  sameKeys,
  settleKeys,
} from "../keys/key-files.ts";
import { SegmentIndex } from "../reader/segment-index.ts";
import { refuseUnfinishedRepair } from "../repair/repair-plan.ts";
import { emptyState } from "../verify/chain-state.ts";
import { assembleChain } from "./assemble-chain.ts";
import type { Chain, OpenChainInit } from "./chain.ts";
import { chainExists, cutTornTail, type LoadedChain, loadChain, makeFolders } from "./load-chain.ts";
import { readCache } from "./open-cache.ts";
import { OpenedChain } from "./opened-chain.ts";
import { recordOpening } from "./opening-events.ts";
import { finishRedo } from "./redo-writer.ts";
import { lockWriter } from "./writer-lock.ts";

/**
 * Opens the chain of a directory, or begins one. One writer only: see `host`.
 *
 * @throws `CHAIN_LOCKED`; `CHAIN_DAMAGED`, `CHAIN_TRUNCATED` when what was acknowledged is not there as it was; `CHAIN_KEYS`;
 *   `CHAIN_NOT_WRITABLE` when a first event cannot be written; `CHAIN_ABSENT` where none is to be begun; `CHAIN_REPAIR_UNFINISHED`
 */
export async function openChain(init: OpenChainInit): Promise<Chain> {
  const { files, dir, begin = true } = init;
  await refuseUnfinishedRepair(files, dir);
  if (!begin && !(await chainExists(files, dir)))
    throw new ChainAbsentError(`${dir} holds no chain`, { details: { dir } });
  return await openSuccessor(init, undefined);
}

/** Opens a chain, or begins one that continues a damaged one. */
export async function openSuccessor(init: OpenChainInit, continues: Succession | undefined): Promise<Chain> {
  const { files, dir } = init;
  await makeFolders(files, dir);
  const unlock = init.host === undefined ? async () => undefined : await lockWriter(files, dir, init.host);
  try {
    return await openLocked(init, continues, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function openLocked(
  init: OpenChainInit,
  continues: Succession | undefined,
  unlock: () => Promise<void>,
): Promise<Chain> {
  const { files, dir } = init;
  const exists = await chainExists(files, dir);
  const found = init.signer ?? (await fileSigner(files, dir, exists ? undefined : init.random));
  // Which keys are in force after a rotation that was cut short, only the chain itself can tell.
  const rotating = init.signer === undefined && exists && (await hasNextKeys(files, dir));
  const kept = exists && !rotating ? await readCache(files, dir, found.keys) : undefined;
  const known = kept === undefined ? undefined : await KnownKeys.open(files, dir, kept.keys);
  const cached = known === undefined ? undefined : kept;
  const keys = known ?? (await KnownKeys.begin(files, dir));
  try {
    const loaded: LoadedChain = exists ? await loadChain(files, dir, cached, keys) : nothing();
    await keys.settled();
    return await openLoaded(
      init,
      { existed: exists, loaded, found, rotating, keys, cachedSize: cached?.state.size ?? 0 },
      continues,
      unlock,
    );
  } catch (error) {
    await keys.close();
    throw error;
  }
}

/** What was found on disk. */
interface Found {
  readonly existed: boolean;
  readonly loaded: LoadedChain;
  readonly found: ChainSigner;
  readonly rotating: boolean;
  readonly keys: KnownKeys;
  readonly cachedSize: number;
}

async function openLoaded(
  init: OpenChainInit,
  { existed, loaded, found, rotating, keys, cachedSize }: Found,
  continues: Succession | undefined,
  unlock: () => Promise<void>,
): Promise<Chain> {
  const { files, dir } = init;
  const { signer, next } = await settle(init, loaded, found, rotating);
  const leaves = await LeavesWriter.open(files, dir, init.leavesBytes ?? 67_108_864, loaded.state.digests);
  if (!(leaves instanceof LeavesWriter)) {
    const { offset, reason } = leaves;
    throw new ChainDamagedError(`${LEAVES_FILE} is damaged at byte ${offset}: ${reason}`, {
      details: { file: LEAVES_FILE, offset, sequence: loaded.state.size, fault: "CHAIN_DIGEST" },
    });
  }
  const redone = await finishRedo(files, dir);
  if (redone > 0) init.logger?.info("what a crash kept from the files of the chain was written", { bytes: redone });
  await cutTornTail(files, dir, loaded);
  if (init.signer === undefined) await removeUnfinished(files, dir);
  const parts = assembleChain(init, { signer, loaded, leaves, keys, cachedSize, unlock });
  await recordOpening(parts, loaded, { existed, next, continues });
  return await OpenedChain.of(parts);
}

async function settle(
  { files, dir }: OpenChainInit,
  { state: { keys, nextKeys } }: LoadedChain,
  found: ChainSigner,
  rotating: boolean,
): Promise<SettledKeys> {
  if (keys === undefined) return { signer: found, next: undefined };
  if (rotating) return await settleKeys(files, dir, keys, nextKeys);
  if (!sameKeys(keys, found.keys)) throw otherKeys();
  if (nextKeys === undefined) return { signer: found, next: undefined };
  throw new ChainKeysError("a rotation of keys waits for its signature, and the next keys are not there", {
    details: { file: "keys" },
  });
}

function nothing(): LoadedChain {
  return {
    state: emptyState(),
    index: new SegmentIndex(),
    torn: undefined,
    acked: undefined,
    unfinished: new Map(),
    checkpointStale: false,
  };
}
