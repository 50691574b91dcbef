/**
 * ExoChain: a tamper-evident audit chain for any Node program, and the audit log of a WeftOS kernel.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * import { openChain } from "@weftos/exochain";
 * import { memoryPlatform } from "@weftos/platform";
 *
 * const chain = await openChain({ ...memoryPlatform(), dir: "/audit" }); // nodePlatform() for a real directory
 * const receipt = chain.append({ source: "billing", kind: "refund.paid", actor: { principal: "ada" }, payload: { cents: 995 } });
 * await receipt.durable; // it would survive a crash now
 * console.log((await chain.verify()).valid, chain.status().head);
 * await chain.close();
 * ```
 */
export * from "./error/chain-errors.ts";
export { closedChainMethods } from "./feature/closed-methods.ts";
export { type Exochain, type ExochainInit, exochain } from "./feature/exochain-feature.ts";
export type { Succession } from "./format/chain-event.ts";
export { type ChainKeys, type KeyDescription, parseKeys } from "./format/key-set.ts";
export type { ChainSignatures, ChainSigner } from "./keys/chain-signer.ts";
export { seedSigner } from "./keys/key-files.ts";
export type { ConsistencyDocument } from "./proof/chain-prover.ts";
export { type ProofFault, type ProofPins, type ProofResult, verifyProof } from "./proof/check-bundle.ts";
export type { ExportFormat, ExportReport, ExportRequest } from "./proof/export-chain.ts";
export { bundleText, type ProofDocument } from "./proof/proof-bundle.ts";
export type { EventFilter } from "./reader/event-filter.ts";
export { type OfflineStatus, readChainStatus, verifyChain } from "./reader/offline.ts";
export type { StoredEvent } from "./reader/stored-event.ts";
export { type Damage, type Repair, repairChain } from "./repair/repair-chain.ts";
export { verify } from "./threads/verify-in-node.ts";
export type { AccessDecision, AccessReason } from "./tree/access-decision.ts";
export type { AccessEntry, Permission } from "./tree/access-entry.ts";
export {
  type Delegation,
  type DelegationTerms,
  type DelegationTrust,
  delegationFault,
  readDelegation,
} from "./tree/delegation.ts";
export type { DelegationFault } from "./tree/delegation-fault.ts";
export * from "./tree/resource-errors.ts";
export { type ResourceProof, verifyResource } from "./tree/resource-proof.ts";
export type * from "./tree/resources.ts";
export type { Scores, Scoring } from "./tree/scoring.ts";
export type { TreeChange } from "./tree/tree-change.ts";
export type { TreeFault } from "./tree/tree-fold.ts";
export type { ChainSource, SourceFile } from "./verify/chain-source.ts";
export { filesSource } from "./verify/chain-source.ts";
export type { Fault, FaultCode } from "./verify/fault.ts";
export { type ResumePoint, readResumePoint } from "./verify/resume-point.ts";
export type { Assurance, VerifyOptions, VerifyResult } from "./verify/verify.ts";
export type { Chain, ChainStatus, CheckpointTaken, KeysInForce, OpenChainInit, Redacted } from "./writer/chain.ts";
export { openChain } from "./writer/open-chain.ts";
