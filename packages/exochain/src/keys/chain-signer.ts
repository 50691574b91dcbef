import type { ChainKeys } from "../format/key-set.ts";

/** The two signatures of a checkpoint. */
export interface ChainSignatures {
  readonly ed25519: Uint8Array;
  readonly mlDsa65: Uint8Array;
}

/**
 * Signs checkpoints: key files here, hardware or a service elsewhere, without any change of format.
 *
 * *When called*: once for each checkpoint, never concurrently. *Errors*: one that rejects leaves the chain without this
 * checkpoint; it is tried again at the next. *Rules*: both signatures are over exactly the given bytes.
 */
export interface ChainSigner {
  readonly keys: ChainKeys;
  sign(text: Uint8Array): ChainSignatures | Promise<ChainSignatures>;
}
