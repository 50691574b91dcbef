// ML-DSA-65 where there is no node:crypto.
import type { SignatureScheme } from "../signature/signature-scheme.ts";

/**
 * Gives ML-DSA-65 (FIPS 204) in JavaScript, loaded on first use.
 *
 * Signatures are hedged (FIPS 204 §3.4: fresh randomness is mixed in), so two signatures of one message differ; keys are
 * the seed's alone. The context string is empty: separate domains inside the message.
 */
export async function mlDsa65(): Promise<SignatureScheme> {
  return (await import("./noble-ml-dsa-65.ts")).nobleMlDsa65;
}
