/**
 * Gives a principal a key: one that was made elsewhere (`--public`), or a new one in a file here. A new one lies beside its
 * place until the kernel has it: whatever is cut short, no key in force is lost, and none that was refused takes a place.
 */
import { rm } from "node:fs/promises";
import { type Signer, toHex } from "@weftos/crypto";
import { rotationStatement } from "@weftos/governance";
import type { JsonObject } from "@weftos/interface";
import { type OptionValues, textOption } from "../arguments/values.ts";
import type { Prepare, PrepareAccess, Settle } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";
import { objectOf, objectsOf } from "../view/fields.ts";
import { keyPath, makeKey, nextKeyPath, readKey, readKeyInForce } from "./key-file.ts";
import { knownPrincipals } from "./known-principals.ts";

/** For the first principal of all, whom nobody refuses: in its place at once. */
export const prepare: Prepare = (params, access) => withKey(params, access, makeKey);

/** For everybody else. */
export const added: { readonly prepare: Prepare } = { prepare: (params, access) => withKey(params, access, nextKey) };

async function withKey(
  params: JsonObject,
  { dir, values }: PrepareAccess,
  make: (path: string) => Promise<Signer>,
): Promise<JsonObject> {
  const given = textOption(values, "public");
  if (given !== undefined) return { ...params, key: given };
  const path = pathOf(String(params.name), dir, values);
  return { ...params, key: toHex(((await readKey(path)) ?? (await make(path))).publicKey) };
}

/** Makes a new key, signs it with the old one, and keeps the old one beside it: it proves what was signed before. */
export const rotated: { readonly prepare: Prepare } = {
  async prepare(params, access) {
    const name = String(params.name);
    const path = pathOf(name, access.dir, access.values);
    const { chain, keyOf } = await knownPrincipals(access);
    const old = await readKeyInForce(path, keyOf(name));
    if (old === undefined)
      throw new UsageError(`there is no key of ${name} at ${path}`, "say where it is with --key <file>");
    const key = textOption(access.values, "public") ?? toHex((await nextKey(path)).publicKey);
    return { ...params, key, signature: toHex(old.sign(rotationStatement({ chain, name, key }))) };
  },
};

/**
 * Puts the new key in its place once it is in force. Cut short before, that is made up for when the key is next read. One
 * that was refused is removed, unless somebody may still approve it.
 */
export const settled: { readonly settle: Settle } = {
  async settle([name = ""], result, access) {
    if (textOption(access.values, "public") !== undefined) return;
    const path = pathOf(name, access.dir, access.values);
    const inForce = result === undefined ? (await knownPrincipals(access)).keyOf(name) : String(objectOf(result).key);
    await readKeyInForce(path, inForce);
    if (result === undefined && !(await isAsked(name, access))) await rm(nextKeyPath(path), { force: true });
  },
};

function pathOf(name: string, dir: string, values: OptionValues): string {
  return textOption(values, "key") ?? keyPath(dir, name);
}

/** The key that waits for its place: one that was made for a call that then was cut short, or a new one. */
async function nextKey(path: string): Promise<Signer> {
  const next = nextKeyPath(path);
  return (await readKey(next)) ?? (await makeKey(next));
}

/** Whether a question is open, or answered and not used yet, that binds a change of this principal to its key. */
async function isAsked(name: string, { call }: Pick<PrepareAccess, "call">): Promise<boolean> {
  const open = async (state: string): Promise<readonly JsonObject[]> =>
    objectsOf(objectOf(await call("approvals.list", { state })).approvals);
  return [...(await open("pending")), ...(await open("approved"))].some(
    ({ resource }) => resource === `principal:${name}`,
  );
}
