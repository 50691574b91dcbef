/** Checks at boot that an enacted amendment may stand: its place, its signatures, and its event in the chain. */
import { fromHex } from "@weftos/crypto";
import type { AuditLog } from "@weftos/interface";
import type { Policy } from "../policy/policy.ts";
import { diffPolicies, loosenings } from "../policy/policy-diff.ts";
import type { PrincipalRegistry } from "../principal/principal-registry.ts";
import { amendmentStatement } from "../principal/statement.ts";
import { amended } from "./amendment.ts";
import { anchorAmendment } from "./amendment-event.ts";
import { lawBroken } from "./law-errors.ts";
import type { Proposal } from "./law-record.ts";

/** What an amendment is checked against. */
export interface AmendmentContext {
  readonly audit: AuditLog;
  readonly registry: Pick<PrincipalRegistry, "verifyWith">;
  /** Digest of the genesis rules. */
  readonly genesis: string;
  /** Hash of the event with which the chain began. */
  readonly chain: string;
  readonly amendable: boolean;
  /** The law before it. */
  readonly before: { readonly number: number; readonly policy: Policy };
}

/** Checks; gives the law after it. @throws `GOVERNANCE_LAW_BROKEN` */
export function checkAmendment(proposal: Proposal, context: AmendmentContext): Policy {
  const { amendment, id, enacted, signatures } = proposal;
  const { genesis, registry, audit, chain, amendable, before } = context;
  const { number } = amendment;
  const quorum = enacted?.quorum ?? 1;
  // A chain that succeeds a damaged one is under the same law, and has other events.
  const own = audit.persistent && audit.continues === undefined;
  if (number !== before.number + 1) throw lawBroken(number, `it follows version ${before.number}`);
  if (amendment.genesis !== genesis) throw lawBroken(number, "it cites another genesis");
  if (amendment.predecessor !== before.policy.digest) throw lawBroken(number, "it cites another predecessor");
  if (amendment.chain !== chain && own) throw lawBroken(number, "it was signed for another chain");
  const after = amended(before.policy, amendment);
  if (!amendable && loosenings(diffPolicies(before.policy, after)).length > 0) throw lawBroken(number, "it loosens");
  const statement = amendmentStatement(genesis, id);
  const signed = signatures.filter(({ principal, signature, key }) =>
    registry.verifyWith(principal, key, statement, fromHex(signature)),
  );
  if (signed.length < quorum) throw lawBroken(number, `${signed.length} of ${quorum} signatures hold`);
  const { anchor } = anchorAmendment(audit, proposal, after, quorum);
  const anchored = anchor.sequence === enacted?.anchor.sequence && anchor.hash === enacted.anchor.hash;
  if (own && !anchored) throw lawBroken(number, "the chain has another event for it");
  return after;
}
