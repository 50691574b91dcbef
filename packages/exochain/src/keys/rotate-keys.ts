// Rotation of the chain's keys, in the order that a crash may interrupt anywhere: next seeds on disk, then the event with the
// old keys' checkpoint, then the next seeds in the place of the old ones.
import { ChainKeysError } from "../error/chain-errors.ts";
import { type ChainKeys, describeKeys, parseKeys } from "../format/key-set.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import type { KeysInForce, OpenChainInit } from "../writer/chain.ts";
import type { ChainWriter } from "../writer/chain-writer.ts";
import type { ChainSigner } from "./chain-signer.ts";
import { installKeys, stageKeys } from "./key-files.ts";

const MAX_REASON_CHARACTERS = 1024;

/** Puts the next keys in force. @throws `CHAIN_KEYS`, `CHAIN_NOT_WRITABLE` */
export async function rotateKeys(
  { files, dir, random, signer: own }: Pick<OpenChainInit, "files" | "dir" | "random" | "signer">,
  writer: ChainWriter,
  reason: string,
  { principal, signer }: { readonly principal?: string | undefined; readonly signer?: ChainSigner | undefined },
): Promise<{ readonly sequence: number; readonly keys: ChainKeys }> {
  if (reason === "" || reason.length > MAX_REASON_CHARACTERS)
    throw refused(`a reason is 1 to ${MAX_REASON_CHARACTERS} characters`);
  if ((own === undefined) !== (signer === undefined))
    throw refused("the next signer is given exactly when the chain was opened with one");
  // Seeds that a failed rotation left are overwritten only when its event is certainly not on disk any more.
  await writer.flush();
  const next = signer ?? (await stageKeys(files, dir, random));
  const receipt = writer.rotate(next, { keys: describeKeys(next.keys), reason }, principal);
  await receipt.durable;
  if (own === undefined) await installKeys(files, dir);
  return { sequence: receipt.sequence, keys: next.keys };
}

/** Reads the keys that a genesis or a rotation names. */
export function keysOf({ sequence, time, payload }: StoredEvent): KeysInForce {
  const keys = parseKeys(payload?.keys);
  if (keys === undefined) throw refused(`event ${sequence} names no keys`);
  const { reason } = payload ?? {};
  return { sequence, time, reason: typeof reason === "string" ? reason : null, keys: describeKeys(keys) };
}

function refused(reason: string): ChainKeysError {
  return new ChainKeysError(`keys: ${reason}`, { details: { file: "keys" } });
}
