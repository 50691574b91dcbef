/** Keys of principals on this side: a file of 32 secret bytes each, for its owner alone. They never leave it. */
import { existsSync } from "node:fs";
import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ed25519, type Signer, toHex } from "@weftos/crypto";
import { UsageError } from "../failure/usage-error.ts";

const SEED_BYTES = 32;
const OTHERS = 0o077;

/** Tells where the key of a principal lies unless an option says otherwise. */
export function keyPath(dir: string, name: string): string {
  return join(dir, "keys", "principals", `${name}.ed25519`);
}

/** Reads a key; undefined when there is no such file. @throws `API_USAGE` when others may read it, or it is none */
export async function readKey(path: string): Promise<Signer | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (process.platform !== "win32" && (found.mode & OTHERS) !== 0)
    throw new UsageError(`others may read the key ${path}`, `chmod 600 ${path}`);
  const seed = await readFile(path);
  if (seed.length !== SEED_BYTES)
    throw new UsageError(
      `${path} holds ${seed.length} bytes, expected a key of ${SEED_BYTES}`,
      "name another with --key",
    );
  return ed25519.signer(seed);
}

/** Tells how `--consent` names whoever agrees: by the name alone where their key lies in its place, else with its file. */
export function consentOf(dir: string, name: string): string {
  return existsSync(keyPath(dir, name)) ? name : `${name}=<file>`;
}

/** Where the next key of a principal lies until it is in force. */
export function nextKeyPath(path: string): string {
  return `${path}.new`;
}

/** Puts the next key in the place of the one before, which is kept: it proves what was signed before. */
async function putNextKey(path: string): Promise<void> {
  const before = await stat(path).catch(() => undefined);
  if (before !== undefined) await rename(path, `${path}.before-${Date.now()}`);
  await rename(nextKeyPath(path), path);
}

/**
 * Reads the key of a principal that is in force. Where a rotation was cut short behind the kernel's answer, that is the next
 * one, which is put in its place.
 *
 * @param key - the public key in force, 64 hex digits; undefined where nobody knows
 * @returns undefined when there is no such file
 * @throws as `readKey`
 */
export async function readKeyInForce(path: string, key: string | undefined): Promise<Signer | undefined> {
  const found = await readKey(path);
  if (key === undefined || (found !== undefined && toHex(found.publicKey) === key)) return found;
  const next = await readKey(nextKeyPath(path));
  if (next === undefined || toHex(next.publicKey) !== key) return found;
  await putNextKey(path);
  return next;
}

/** Makes a key in a new file, which is there whole or not at all. @throws `API_USAGE` when the file is there */
export async function makeKey(path: string): Promise<Signer> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if ((await stat(path).catch(() => undefined)) !== undefined)
    throw new UsageError(`there is a file ${path}`, "name another with --key");
  const seed = crypto.getRandomValues(new Uint8Array(SEED_BYTES));
  const part = `${path}.part`;
  await rm(part, { force: true });
  const file = await open(part, "wx", 0o600);
  try {
    await file.writeFile(seed);
    await file.sync();
  } finally {
    await file.close();
  }
  await chmod(part, 0o600);
  await rename(part, path);
  return ed25519.signer(seed);
}
