/** The digest that binds an answer to exactly what the approver was shown and what will run. */
import { encodeCanonical, shake256, toHex } from "@weftos/crypto";
import type { ApprovalDraft } from "@weftos/interface";
import { canonicalOf } from "../policy/policy.ts";

/**
 * Computes the digest of a draft: SHAKE-256/256 over the canonical bytes of request, effect, display and input, lower-case hex.
 * Rights are not part of it: they may shrink between question and run, and are asked again.
 *
 * @throws `CHAIN_NOT_CANONICAL` for text that is not well-formed Unicode
 */
export function approvalDigest(draft: Pick<ApprovalDraft, "request" | "effect" | "display" | "input">): string {
  const { action, subject, resource, attributes } = draft.request;
  const canonical = canonicalOf({
    version: 2,
    request: { action, subject: [subject.kind, subject.id, subject.role ?? null], resource, attributes },
    effect: draft.effect === undefined ? [] : [{ ...draft.effect }],
    display: draft.display,
    // An absent input and the input null are different things.
    input: draft.input === undefined ? [] : [draft.input],
  });
  return toHex(shake256(encodeCanonical(canonical)));
}
