/** The event of the chain that makes an amendment law. */
import { toHex } from "@weftos/crypto";
import type { AuditEvent, AuditLog } from "@weftos/interface";
import type { Policy } from "../policy/policy.ts";
import { amendmentText } from "./amendment.ts";
import type { Proposal } from "./law-record.ts";

/** Where an event lies in its chain. */
export interface Anchor {
  readonly sequence: number;
  /** Hex. */
  readonly hash: string;
}

/**
 * Appends it; of an amendment that the chain has it finds the place.
 *
 * @param after - the law after the amendment
 * @param quorum - signatures that it needed
 */
export function anchorAmendment(
  audit: AuditLog,
  proposal: Proposal,
  after: Policy,
  quorum: number,
): { readonly anchor: Anchor; readonly durable: Promise<void> } {
  const { sequence, hash, durable } = audit.append(amendmentEvent(proposal, after, quorum));
  return { anchor: { sequence, hash: toHex(hash) }, durable };
}

function amendmentEvent({ id, amendment, signatures }: Proposal, after: Policy, quorum: number): AuditEvent {
  const { number, genesis, predecessor, reason } = amendment;
  return {
    source: "governance",
    kind: "governance.amendment",
    actor: { pid: 0 },
    payload: {
      number,
      amendment: id,
      genesis,
      predecessor,
      policy: after.digest,
      reason,
      quorum,
      signatures: signatures.map(({ principal, signature }) => ({ principal, signature })),
      text: amendmentText(amendment),
    },
    idempotencyKey: `governance.amendment:${id}`,
  };
}
