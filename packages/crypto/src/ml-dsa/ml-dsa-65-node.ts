// Chooses the provider of ML-DSA-65 in Node.
import type { SignatureScheme } from "../signature/signature-scheme.ts";
import { nativeMlDsa65 } from "./node-ml-dsa-65.ts";

/**
 * Gives ML-DSA-65 (FIPS 204): node:crypto where it has the algorithm, JavaScript loaded on first use otherwise.
 *
 * Signatures are hedged (FIPS 204 §3.4: fresh randomness is mixed in), so two signatures of one message differ; keys are
 * the seed's alone. The context string is empty: separate domains inside the message.
 */
export async function mlDsa65(): Promise<SignatureScheme> {
  return nativeMlDsa65() ?? (await import("./noble-ml-dsa-65.ts")).nobleMlDsa65;
}
