/** Signs the consent of others to a change of who is known, with their keys. */
import { toHex } from "@weftos/crypto";
import { type ConsentStatement, consentStatement } from "@weftos/governance";
import type { JsonObject } from "@weftos/interface";
import { textOption } from "../arguments/values.ts";
import type { Prepare, PrepareAccess } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";
import { keyPath, readKeyInForce } from "./key-file.ts";
import { knownPrincipals } from "./known-principals.ts";
import { added } from "./new-key.ts";

export const add: { readonly prepare: Prepare } = {
  async prepare(params, access) {
    const whole = await added.prepare(params, access);
    const branches = Array.isArray(whole.branches) ? whole.branches.map(String) : [];
    return await consented("add", whole, access, { role: String(whole.role), branches, key: String(whole.key) });
  },
};
export const revoke: { readonly prepare: Prepare } = {
  prepare: (params, access) => consented("revoke", params, access),
};
export const token: { readonly prepare: Prepare } = { prepare: (params, access) => consented("token", params, access) };

async function consented(
  action: ConsentStatement["action"],
  params: JsonObject,
  access: PrepareAccess,
  gives?: ConsentStatement["gives"],
): Promise<JsonObject> {
  const { dir, values } = access;
  const typed = textOption(values, "consent");
  if (typed === undefined) return params;
  const { chain, keyOf } = await knownPrincipals(access);
  const at = Date.now();
  const consents: JsonObject[] = [];
  for (const one of typed.split(",")) {
    const [principal = "", file] = one.trim().split("=", 2);
    const path = file ?? keyPath(dir, principal);
    const signer = await readKeyInForce(path, keyOf(principal));
    if (signer === undefined)
      throw new UsageError(`there is no key of ${principal} at ${path}`, "try --consent bob=<file>");
    const statement = consentStatement({ chain, action, name: String(params.name), gives, at });
    consents.push({ principal, at, signature: toHex(signer.sign(statement)) });
  }
  return { ...params, consents };
}
