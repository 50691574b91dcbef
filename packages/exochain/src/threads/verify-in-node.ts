// Verification on both cores: the same walk, with a worker thread as its helper. What it finds does not depend on that.
import type { ChainSource } from "../verify/chain-source.ts";
import { type VerifyOptions, type VerifyResult, verifyWith } from "../verify/verify.ts";
import { startWorkerHelper } from "./worker-helper.ts";

/**
 * Verifies a chain: streams over its files with flat memory, a long one on two threads.
 *
 * Without anything from outside, whoever holds the keys could have rewritten the whole chain: keep a head or a checkpoint
 * elsewhere and give it here.
 *
 * @param source - where the files are; see {@link ChainSource}
 * @returns what was found; a damaged chain is a result, not an exception
 * @throws RangeError when `head` is not 64 hex digits; what the source throws; the signal's reason
 */
export async function verify(source: ChainSource, options: VerifyOptions = {}): Promise<VerifyResult> {
  return await verifyWith(source, options, { startHelper: startWorkerHelper });
}
