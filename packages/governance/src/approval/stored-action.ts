/** Input, rights and standing terms of an action that waits for its approval: sealed, and bound to exactly this question. */
import { fromBase64, open, seal, toBase64 } from "@weftos/crypto";
import type { Approval, JsonValue, Random, StandingTerms } from "@weftos/interface";

/** What is kept. */
export interface KeptAction {
  readonly input: JsonValue;
  readonly rights: JsonValue;
  readonly standing?: StandingTerms | undefined;
}

/** Seals it, as base64. */
export function sealAction(
  key: Uint8Array,
  approval: Approval,
  kept: KeptAction,
  random: Pick<Random, "bytes">,
): string {
  const bytes = new TextEncoder().encode(JSON.stringify(kept));
  return toBase64(seal(key, bytes, boundTo(approval), (length) => random.bytes(length)));
}

/** Opens what was sealed under the same key for the same question. */
export function openAction(key: Uint8Array, approval: Approval, sealed: string): KeptAction {
  return JSON.parse(new TextDecoder().decode(open(key, fromBase64(sealed), boundTo(approval))));
}

function boundTo(approval: Approval): Uint8Array {
  return new TextEncoder().encode(`weftos/approval-input/${approval.id}/${approval.digest}`);
}
