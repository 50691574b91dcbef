// Whether a checkpoint is right: its form, that it says what the chain says, and that both keys in force signed it.
import { ed25519, equalBytes, mlDsa65, type Verifier } from "@weftos/crypto";
import { idsOf, originOf, parseNote, type SignedCheckpoint } from "../format/checkpoint-note.ts";
import { type ChainKeys, ed25519LineHash, mlDsaLineHash } from "../format/key-set.ts";
import type { FaultCode } from "./fault.ts";

/** Verifies the two signatures of checkpoints; prepared keys are kept. */
export interface CheckpointVerifier {
  /** Gives why the signatures are wrong; undefined when both are right. */
  check(checkpoint: SignedCheckpoint, keys: ChainKeys): string | undefined;
}

/** Loads both algorithms. */
export async function checkpointVerifier(): Promise<CheckpointVerifier> {
  const scheme = await mlDsa65();
  let prepared: { readonly keys: ChainKeys; readonly classic: Verifier; readonly quantum: Verifier } | undefined;
  return {
    check(checkpoint, keys) {
      if (prepared?.keys !== keys) {
        prepared = { keys, classic: ed25519.verifier(keys.ed25519), quantum: scheme.verifier(keys.mlDsa65) };
      }
      const { ed25519Id, mlDsa65Id } = idsOf(keys);
      if (!equalBytes(checkpoint.ed25519Id, ed25519Id) || !equalBytes(checkpoint.mlDsa65Id, mlDsa65Id)) {
        return "the checkpoint names other keys than those in force";
      }
      const name = originOf(checkpoint.chain);
      if (!equalBytes(checkpoint.ed25519.keyHash, ed25519LineHash(name, keys.ed25519)))
        return "the first signature is not of the Ed25519 key";
      if (!equalBytes(checkpoint.mlDsa65.keyHash, mlDsaLineHash(name, keys.mlDsa65)))
        return "the second signature is not of the ML-DSA-65 key";
      if (!prepared.classic.verify(checkpoint.text, checkpoint.ed25519.signature))
        return "the Ed25519 signature is wrong";
      if (!prepared.quantum.verify(checkpoint.text, checkpoint.mlDsa65.signature))
        return "the ML-DSA-65 signature is wrong";
      return undefined;
    },
  };
}

/** What a checkpoint is measured by. */
export interface CheckpointPlace {
  readonly chain: Uint8Array;
  readonly size: number;
  readonly head: Uint8Array;
  readonly time: number;
  /** Undefined when the tree is not known, behind a fault. */
  readonly root: Uint8Array | undefined;
  readonly keys: ChainKeys;
}

/** Checks a note against the place in the chain where it claims to be. */
export function checkCheckpoint(
  note: Uint8Array,
  place: CheckpointPlace,
  verifier: CheckpointVerifier,
): SignedCheckpoint | { readonly code: FaultCode; readonly reason: string } {
  const checkpoint = parseNote(note);
  const wrong = (reason: string): { code: FaultCode; reason: string } => ({ code: "CHAIN_CHECKPOINT", reason });
  if (typeof checkpoint === "string") return wrong(checkpoint);
  if (!equalBytes(checkpoint.chain, place.chain)) return wrong("the checkpoint is of another chain");
  if (checkpoint.size !== place.size)
    return wrong(`the checkpoint is for ${checkpoint.size} events, ${place.size} lie before it`);
  if (!equalBytes(checkpoint.head, place.head))
    return wrong("the head of the checkpoint is not the hash of the last event");
  if (place.root !== undefined && !equalBytes(checkpoint.root, place.root))
    return wrong("the root of the checkpoint is not that of the events");
  if (checkpoint.time < place.time) return wrong("the checkpoint is older than what it covers");
  const signature = verifier.check(checkpoint, place.keys);
  return signature === undefined ? checkpoint : { code: "CHAIN_SIGNATURE", reason: signature };
}
