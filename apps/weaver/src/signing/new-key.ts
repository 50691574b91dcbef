/** Gives a principal a key: one that was made elsewhere (`--public`), or a new one in a file here. */
import { rename } from "node:fs/promises";
import { toHex } from "@weftos/crypto";
import { textOption } from "../arguments/values.ts";
import type { Prepare } from "../commands/command.ts";
import { keyPath, makeKey, readKey } from "./key-file.ts";

export const prepare: Prepare = async (params, { dir, values }) => {
  const given = textOption(values, "public");
  if (given !== undefined) return { ...params, key: given };
  const path = textOption(values, "key") ?? keyPath(dir, String(params.name));
  // A key that was made for a call that then failed is used again.
  const signer = (await readKey(path)) ?? (await makeKey(path));
  return { ...params, key: toHex(signer.publicKey) };
};

/** Makes a new key beside the old one, which is kept under another name: it may be needed to prove what was signed. */
export const rotated: { readonly prepare: Prepare } = {
  async prepare(params, access) {
    const path = textOption(access.values, "key") ?? keyPath(access.dir, String(params.name));
    if (textOption(access.values, "public") === undefined && (await readKey(path)) !== undefined)
      await rename(path, `${path}.before-${Date.now()}`);
    return await prepare(params, access);
  },
};
