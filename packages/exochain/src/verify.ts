/**
 * Verifies a chain without Node: in a browser, in another runtime, on an auditor's own machine.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * import { type ChainSource, verify } from "@weftos/exochain/verify";
 *
 * // Any place that can list names and read bytes is a source; this one is empty.
 * const source: ChainSource = { list: async () => [], open: async () => undefined };
 * const result = await verify(source);
 * if (result.valid || result.faults[0]?.code !== "CHAIN_TRUNCATED") throw new Error("an empty folder is no chain");
 * ```
 */
export { type ChainKeys, parseKeys } from "./format/key-set.ts";
export { type ProofFault, type ProofPins, type ProofResult, verifyProof } from "./proof/check-bundle.ts";
export { type ConsistencyClaim, checkConsistency, checkInclusion, type InclusionClaim } from "./proof/check-proof.ts";
export { type ConsistencyPins, type ConsistencyResult, verifyConsistency } from "./proof/verify-consistency.ts";
export type { StoredEvent } from "./reader/stored-event.ts";
export type { ChainSource, SourceFile } from "./verify/chain-source.ts";
export type { Fault, FaultCode } from "./verify/fault.ts";
export { type ResumePoint, readResumePoint } from "./verify/resume-point.ts";
export { type Assurance, type VerifyOptions, type VerifyResult, verify } from "./verify/verify.ts";
