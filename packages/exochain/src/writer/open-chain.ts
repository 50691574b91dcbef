// Opening a chain: lock, keys, what lies on disk, what must be cut, and the writer that goes on from there.
import { equalBytes } from "@weftos/crypto";
import { LeavesWriter } from "../digest/leaves-writer.ts";
import { ChainDamagedError, ChainKeysError } from "../error/chain-errors.ts";
import { LEAVES_FILE } from "../format/file-names.ts";
import { fileSigner } from "../keys/key-files.ts";
import { SegmentIndex } from "../reader/segment-index.ts";
import { emptyState } from "../verify/chain-state.ts";
import type { Chain, OpenChainInit } from "./chain.ts";
import { chainExists, cutTornTail, type LoadedChain, loadChain, makeFolders } from "./load-chain.ts";
import { readCache } from "./open-cache.ts";
import { OpenedChain } from "./opened-chain.ts";
import { lockWriter } from "./writer-lock.ts";

/**
 * Opens the chain of a directory, or begins one. One writer only: see `host`.
 *
 * @throws `CHAIN_LOCKED`; `CHAIN_DAMAGED`, `CHAIN_TRUNCATED` when what was acknowledged is not there as it was; `CHAIN_KEYS`;
 *   `CHAIN_NOT_WRITABLE` when a first event cannot be written
 */
export async function openChain(init: OpenChainInit): Promise<Chain> {
  const { files, dir } = init;
  await makeFolders(files, dir);
  const unlock = init.host === undefined ? async () => undefined : await lockWriter(files, dir, init.host);
  try {
    return await openLocked(init, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function openLocked(init: OpenChainInit, unlock: () => Promise<void>): Promise<Chain> {
  const { files, dir } = init;
  const exists = await chainExists(files, dir);
  const signer = init.signer ?? (await fileSigner(files, dir, exists ? undefined : init.random));
  const cached = exists ? await readCache(files, dir, signer.keys) : undefined;
  const loaded: LoadedChain = exists ? await loadChain(files, dir, cached) : nothing();
  const { keys } = loaded.state;
  if (
    keys !== undefined &&
    !(equalBytes(keys.ed25519, signer.keys.ed25519) && equalBytes(keys.mlDsa65, signer.keys.mlDsa65))
  ) {
    throw new ChainKeysError("the keys at hand are not those that this chain names", { details: { file: "keys" } });
  }
  const leaves = await LeavesWriter.open(files, dir, init.leavesBytes ?? 67_108_864, loaded.state.digests);
  if (!(leaves instanceof LeavesWriter)) {
    const { offset, reason } = leaves;
    throw new ChainDamagedError(`${LEAVES_FILE} is damaged at byte ${offset}: ${reason}`, {
      details: { file: LEAVES_FILE, offset, sequence: loaded.state.size, fault: "CHAIN_DIGEST" },
    });
  }
  await cutTornTail(files, dir, loaded);
  const chain = new OpenedChain(init, signer, loaded, leaves, cached?.state.size ?? 0, unlock);
  await chain.begin(loaded, exists);
  return chain;
}

function nothing(): LoadedChain {
  return {
    state: emptyState(),
    index: new SegmentIndex(),
    keys: new Map(),
    torn: undefined,
    acked: undefined,
    checkpointStale: false,
  };
}
