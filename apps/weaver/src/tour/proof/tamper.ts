/** Tampers with two copies of the chain and lets the verifier judge them, and the original, by their files alone. */
import { join } from "node:path";
import { type VerifyResult, verifyChain } from "@weftos/exochain";
import type { Files } from "@weftos/interface";
import { copyChain, cutTail, type FlippedByte, flipByte } from "./chain-copy.ts";

/** A checkpoint that was signed while the story was still harmless. */
export interface EarlyCheckpoint {
  readonly size: number;
  readonly note: string;
}

export interface TamperReport {
  /** The original, against the head that was printed before. */
  readonly original: VerifyResult;
  readonly flip: { readonly byte: FlippedByte | undefined; readonly result: VerifyResult };
  readonly cut: {
    /** The copy looked at by itself. */
    readonly alone: VerifyResult;
    /** The copy against the head that was printed before. */
    readonly result: VerifyResult;
  };
}

/** What to tamper with. */
export interface TamperInit {
  /** State directory of a kernel that has shut down. */
  readonly dir: string;
  /** Folder for the copies; made when absent. */
  readonly copies: string;
  readonly files: Files;
  /** The head as it was printed. */
  readonly head: string;
  readonly early: EarlyCheckpoint;
  /** What the flipped byte is part of. */
  readonly text: string;
}

export async function tamper({ dir, copies, files, head, early, text }: TamperInit): Promise<TamperReport> {
  const flipped = join(copies, "one-byte-flipped");
  const shortened = join(copies, "tail-cut");
  await copyChain(dir, flipped);
  await copyChain(dir, shortened);
  const byte = await flipByte(flipped, text);
  await cutTail(shortened, early.size, early.note);
  return {
    flip: { byte, result: await verifyChain(files, flipped, { head }) },
    cut: { alone: await verifyChain(files, shortened), result: await verifyChain(files, shortened, { head }) },
    original: await verifyChain(files, dir, { head }),
  };
}
