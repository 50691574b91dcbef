/** Signs an answer to an approval with the approver's key: over exactly what the kernel shows of it. */
import { toHex } from "@weftos/crypto";
import { answerStatement } from "@weftos/governance";
import type { Prepare } from "../commands/command.ts";
import { objectOf } from "../view/fields.ts";
import { signerOf } from "./signer-of.ts";

const signing =
  (verdict: "approve" | "deny" | "revoke"): Prepare =>
  async (params, access) => {
    const found = await signerOf(access);
    if (found === undefined) return params;
    const approval = String(params.id);
    const { digest } = objectOf(await access.call("approvals.show", { id: approval }));
    const comment = typeof params.comment === "string" ? params.comment : "";
    const standing = params.standing === true;
    const statement = answerStatement({ approval, digest: String(digest), verdict, standing, comment });
    return { ...params, principal: found.principal, signature: toHex(found.signer.sign(statement)) };
  };

export const approve: { readonly prepare: Prepare } = { prepare: signing("approve") };
export const deny: { readonly prepare: Prepare } = { prepare: signing("deny") };
export const revoke: { readonly prepare: Prepare } = { prepare: signing("revoke") };
