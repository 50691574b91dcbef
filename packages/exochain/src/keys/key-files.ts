// The node's keys as files: 32-byte seeds, mode 0600 from the first byte on, made when a chain begins and never again.
import { ed25519, mlDsa65 } from "@weftos/crypto";
import type { Files, Random } from "@weftos/interface";
import { ChainKeysError } from "../error/chain-errors.ts";
import type { ChainSigner } from "./chain-signer.ts";

const SEED_BYTES = 32;
const ED25519_FILE = "keys/node.ed25519";
const ML_DSA_FILE = "keys/node.mldsa65";

/** Makes a signer of two seeds. */
export async function seedSigner(seeds: {
  readonly ed25519: Uint8Array;
  readonly mlDsa65: Uint8Array;
}): Promise<ChainSigner> {
  const classic = ed25519.signer(seeds.ed25519);
  const quantum = (await mlDsa65()).signer(seeds.mlDsa65);
  return {
    keys: { ed25519: classic.publicKey, mlDsa65: quantum.publicKey },
    sign: (text) => ({ ed25519: classic.sign(text), mlDsa65: quantum.sign(text) }),
  };
}

/**
 * Loads the node's keys.
 *
 * @param random - makes missing ones of this: only for a chain that does not exist yet
 * @throws `CHAIN_KEYS` when a file is missing, or not a seed
 */
export async function fileSigner(files: Files, dir: string, random?: Pick<Random, "bytes">): Promise<ChainSigner> {
  if (random !== undefined) await files.makeFolder(`${dir}/keys`, { mode: 0o700 });
  const [classic, quantum] = await Promise.all([
    seedFile(files, dir, ED25519_FILE, random),
    seedFile(files, dir, ML_DSA_FILE, random),
  ]);
  return await seedSigner({ ed25519: classic, mlDsa65: quantum });
}

async function seedFile(
  files: Files,
  dir: string,
  file: string,
  random: Pick<Random, "bytes"> | undefined,
): Promise<Uint8Array> {
  const path = `${dir}/${file}`;
  const stat = await files.stat(path);
  if (stat === undefined) {
    if (random === undefined)
      throw new ChainKeysError(`${file} is missing; without it this chain cannot go on`, { details: { file } });
    const seed = random.bytes(SEED_BYTES);
    await files.createExclusive(path, seed, { mode: 0o600 });
    return seed;
  }
  if (stat.kind !== "file" || stat.size !== SEED_BYTES) {
    throw new ChainKeysError(`${file} must be a file of ${SEED_BYTES} bytes`, { details: { file } });
  }
  return await files.read(path, { maxBytes: SEED_BYTES });
}
