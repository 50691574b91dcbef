/** The keys under which governance keeps its files, derived from `keys/seal`: 32 random bytes, made once, for its owner alone. */

import { deriveKey } from "@weftos/crypto";
import type { Files, Random } from "@weftos/interface";
import { SealKeyError } from "./approval-errors.ts";

const KEY_BYTES = 32;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** One key for each purpose. */
export interface GovernanceKeys {
  readonly approvals: Uint8Array;
  readonly genesis: Uint8Array;
  readonly principals: Uint8Array;
  readonly amendments: Uint8Array;
}

/**
 * Opens the sealing key of a state directory, creating it when there is none, and derives the keys of governance from it.
 *
 * @throws `GOVERNANCE_SEAL_KEY` when the file is longer or shorter; errors of the file system
 */
export async function openKeys(files: Files, dir: string, random: Pick<Random, "bytes">): Promise<GovernanceKeys> {
  const path = `${dir}/keys/seal`;
  await files.makeFolder(`${dir}/keys`, { mode: FOLDER_MODE });
  if ((await files.stat(path)) === undefined) {
    try {
      await files.createExclusive(path, random.bytes(KEY_BYTES), { mode: FILE_MODE });
    } catch (error) {
      // Another feature may have made it in the meantime.
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
  let key = await files.read(path, { maxBytes: 4096 });
  if (key.length < KEY_BYTES) {
    // A crash cut its making short. Nobody ever sealed with it, since every reader refuses it.
    await files.writeAtomic(path, random.bytes(KEY_BYTES), { mode: FILE_MODE });
    key = await files.read(path, { maxBytes: 4096 });
  }
  if (key.length !== KEY_BYTES) {
    throw new SealKeyError(`${path}: expected a key of ${KEY_BYTES} bytes, got ${key.length}`, {
      details: { path, bytes: key.length },
    });
  }
  return {
    approvals: deriveKey(key, "governance/approvals/v1"),
    genesis: deriveKey(key, "governance/genesis/v1"),
    principals: deriveKey(key, "governance/principals/v1"),
    amendments: deriveKey(key, "governance/amendments/v1"),
  };
}
