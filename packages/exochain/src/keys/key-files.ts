// The node's keys as files: 32-byte seeds, mode 0600 from the first byte on. They are made when a chain begins, and replaced
// only by a rotation: the next seeds lie beside the present ones until the chain has the event and its signature, then take
// their place. Old seeds are overwritten and gone: nothing needs them, and whoever found them could sign another past.
import { ed25519, equalBytes, mlDsa65 } from "@weftos/crypto";
import type { Files, Random } from "@weftos/interface";
import { ChainKeysError } from "../error/chain-errors.ts";
import type { ChainKeys } from "../format/key-set.ts";
import type { ChainSigner } from "./chain-signer.ts";

const SEED_BYTES = 32;
const ALGORITHMS = ["ed25519", "mlDsa65"] as const;
const KEYS = "keys";
/** Seeds on their way to a name of this folder. */
const UNFINISHED = /^\.(node|next)\.(ed25519|mldsa65)\..*\.tmp$/;
const FILES = { ed25519: "keys/node.ed25519", mlDsa65: "keys/node.mldsa65" } as const;
const NEXT_FILES = { ed25519: "keys/next.ed25519", mlDsa65: "keys/next.mldsa65" } as const;

interface Seeds {
  readonly ed25519: Uint8Array;
  readonly mlDsa65: Uint8Array;
}

/** Makes a signer of two seeds. */
export async function seedSigner(seeds: Seeds): Promise<ChainSigner> {
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
  return await seedSigner(await readSeeds(files, dir, random));
}

async function readSeeds(files: Files, dir: string, random?: Pick<Random, "bytes">): Promise<Seeds> {
  if (random !== undefined) await files.makeFolder(`${dir}/keys`, { mode: 0o700 });
  const [classic, quantum] = await Promise.all([
    seedFile(files, dir, FILES.ed25519, random),
    seedFile(files, dir, FILES.mlDsa65, random),
  ]);
  return { ed25519: classic, mlDsa65: quantum };
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
    // Whole or not there: half a seed would keep the chain from ever beginning.
    await files.writeAtomic(path, seed, { mode: 0o600 });
    return seed;
  }
  if (stat.kind !== "file" || stat.size !== SEED_BYTES) {
    throw new ChainKeysError(`${file} must be a file of ${SEED_BYTES} bytes`, { details: { file } });
  }
  return await files.read(path, { maxBytes: SEED_BYTES });
}

/** Tells whether a rotation of keys had begun. */
export async function hasNextKeys(files: Files, dir: string): Promise<boolean> {
  for (const algorithm of ALGORITHMS) {
    if ((await files.stat(`${dir}/${NEXT_FILES[algorithm]}`)) !== undefined) return true;
  }
  return false;
}

/** Makes the next keys and lays them beside the present ones, durably, before the chain speaks of them. */
export async function stageKeys(files: Files, dir: string, random: Pick<Random, "bytes">): Promise<ChainSigner> {
  await removeUnfinished(files, dir);
  const seeds = { ed25519: random.bytes(SEED_BYTES), mlDsa65: random.bytes(SEED_BYTES) };
  for (const algorithm of ALGORITHMS) {
    await files.writeAtomic(`${dir}/${NEXT_FILES[algorithm]}`, seeds[algorithm], { mode: 0o600 });
  }
  return await seedSigner(seeds);
}

/** Puts the next keys in the place of the present ones, which are overwritten. Each file that was put already is passed over. */
export async function installKeys(files: Files, dir: string): Promise<void> {
  for (const algorithm of ALGORITHMS) {
    const next = `${dir}/${NEXT_FILES[algorithm]}`;
    const present = `${dir}/${FILES[algorithm]}`;
    if ((await files.stat(next)) === undefined) continue;
    const old = await files.openAppend(present, { mode: 0o600 });
    try {
      await old.writeAt(0, new Uint8Array(old.size));
      await old.sync();
    } finally {
      await old.close();
    }
    await files.rename(next, present);
  }
}

/** Removes what a crash left of seeds before they had their name; they were never in force. */
export async function removeUnfinished(files: Files, dir: string): Promise<void> {
  for (const { name, kind } of await files.list(`${dir}/${KEYS}`)) {
    if (kind === "file" && UNFINISHED.test(name)) await files.remove(`${dir}/${KEYS}/${name}`);
  }
}

/** Removes next keys that the chain does not speak of. */
export async function discardNextKeys(files: Files, dir: string): Promise<void> {
  for (const algorithm of ALGORITHMS) {
    const next = `${dir}/${NEXT_FILES[algorithm]}`;
    if ((await files.stat(next)) !== undefined) await files.remove(next);
  }
}

/** The keys to go on with: those in force, and those of a rotation that still lacks its signature. */
export interface SettledKeys {
  readonly signer: ChainSigner;
  readonly next: ChainSigner | undefined;
}

/**
 * Brings the files in line with what the chain says after a rotation that a crash cut short, wherever it stopped.
 *
 * @throws `CHAIN_KEYS` when the files do not hold the keys that the chain names
 */
export async function settleKeys(
  files: Files,
  dir: string,
  inForce: ChainKeys,
  rotation: ChainKeys | undefined,
): Promise<SettledKeys> {
  const present = await readSeeds(files, dir);
  const next: Partial<Record<keyof Seeds, Uint8Array>> = {};
  for (const algorithm of ALGORITHMS) {
    if ((await files.stat(`${dir}/${NEXT_FILES[algorithm]}`)) !== undefined)
      next[algorithm] = await seedFile(files, dir, NEXT_FILES[algorithm], undefined);
  }
  const staged = { ed25519: next.ed25519 ?? present.ed25519, mlDsa65: next.mlDsa65 ?? present.mlDsa65 };
  const [signer, nextSigner] = [await seedSigner(present), await seedSigner(staged)];
  if (rotation !== undefined) {
    if (!sameKeys(signer.keys, inForce) || !sameKeys(nextSigner.keys, rotation)) throw otherKeys();
    return { signer, next: nextSigner };
  }
  if (sameKeys(signer.keys, inForce)) {
    await discardNextKeys(files, dir);
    return { signer, next: undefined };
  }
  if (!sameKeys(nextSigner.keys, inForce)) throw otherKeys();
  await installKeys(files, dir);
  return { signer: nextSigner, next: undefined };
}

/** Tells whether two sets of keys are the same. */
export function sameKeys(a: ChainKeys, b: ChainKeys): boolean {
  return equalBytes(a.ed25519, b.ed25519) && equalBytes(a.mlDsa65, b.mlDsa65);
}

/** Says that the keys are not those of the chain. */
export function otherKeys(): ChainKeysError {
  return new ChainKeysError("the keys at hand are not those that this chain names", { details: { file: "keys" } });
}
