/** Gives a principal a key: one that was made elsewhere (`--public`), or a new one in a file here. */
import { toHex } from "@weftos/crypto";
import { rotationStatement } from "@weftos/governance";
import { textOption } from "../arguments/values.ts";
import type { Prepare, Settle } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";
import { keyPath, makeKey, nextKeyPath, putNextKey, readKey, readKeyInForce } from "./key-file.ts";
import { knownPrincipals } from "./known-principals.ts";

export const prepare: Prepare = async (params, { dir, values }) => {
  const given = textOption(values, "public");
  if (given !== undefined) return { ...params, key: given };
  const path = textOption(values, "key") ?? keyPath(dir, String(params.name));
  // A key that was made for a call that then failed is used again.
  const signer = (await readKey(path)) ?? (await makeKey(path));
  return { ...params, key: toHex(signer.publicKey) };
};

/** Makes a new key, signs it with the old one, and keeps the old one beside it: it proves what was signed before. */
export const rotated: { readonly prepare: Prepare } = {
  async prepare(params, access) {
    const name = String(params.name);
    const path = textOption(access.values, "key") ?? keyPath(access.dir, name);
    const { chain, keyOf } = await knownPrincipals(access);
    const old = await readKeyInForce(path, keyOf(name));
    if (old === undefined)
      throw new UsageError(`there is no key of ${name} at ${path}`, "say where it is with --key <file>");
    const given = textOption(access.values, "public");
    const fresh = nextKeyPath(path);
    const key = given ?? toHex(((await readKey(fresh)) ?? (await makeKey(fresh))).publicKey);
    return { ...params, key, signature: toHex(old.sign(rotationStatement({ chain, name, key }))) };
  },
};

/** Puts the new key in the place of the old one. Cut short before, that is made up for when the key is next read. */
export const settled: { readonly settle: Settle } = {
  async settle([name = ""], { dir, values }) {
    if (textOption(values, "public") !== undefined) return;
    await putNextKey(textOption(values, "key") ?? keyPath(dir, name));
  },
};
