/** Signs an amendment with a legislator's key. */
import { toHex } from "@weftos/crypto";
import { amendmentStatement } from "@weftos/governance";
import type { Prepare } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";
import { objectOf } from "../view/fields.ts";
import { signerOf } from "./signer-of.ts";

export const prepare: Prepare = async (params, access) => {
  const found = await signerOf(access);
  if (found === undefined) throw new UsageError("this kernel knows nobody who could sign", "see principal add");
  const { id, genesis } = objectOf(await access.call("amendment.show", { id: params.id ?? "" }));
  const statement = amendmentStatement(String(genesis), String(id));
  return { id: String(id), principal: found.principal, signature: toHex(found.signer.sign(statement)) };
};
