/** Finds who signs, and with which key: `--as` and `--key`, whose token is used, or the owner of the state directory. */
import type { Signer } from "@weftos/crypto";
import { textOption } from "../arguments/values.ts";
import type { PrepareAccess } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";
import { tokenOfUser } from "../kernel-access/token-of-user.ts";
import { objectOf } from "../view/fields.ts";
import { keyPath, readKeyInForce } from "./key-file.ts";
import { knownPrincipals } from "./known-principals.ts";

/** Who signs. */
export interface Signing {
  readonly principal: string;
  readonly signer: Signer;
}

/**
 * Finds who signs.
 *
 * @returns undefined while the kernel knows nobody: then nothing is signed
 * @throws `API_USAGE` when the key is not there, or nobody owns the directory and nobody is named
 */
export async function signerOf({ call, dir, values }: PrepareAccess): Promise<Signing | undefined> {
  const named = textOption(values, "as");
  const { principals: known, keyOf } = await knownPrincipals({ call });
  if (known.length === 0 && named === undefined) return undefined;
  const owner = known.find((one) => one.owner === true && one.state === "active")?.name;
  // Whoever calls by a token of their own does not sign as the owner by leaving a word out.
  const caller = named === undefined && tokenOfUser() !== undefined ? await call("principal.whoami", {}) : undefined;
  const principal = named ?? (caller === undefined ? owner : objectOf(caller).name);
  if (typeof principal !== "string") throw new UsageError("it is not said who signs", "say so with --as <principal>");
  const path = textOption(values, "key") ?? keyPath(dir, principal);
  const signer = await readKeyInForce(path, keyOf(principal));
  if (signer !== undefined) return { principal, signer };
  throw new UsageError(`there is no key of ${principal} at ${path}`, "say where it is with --key <file>");
}
