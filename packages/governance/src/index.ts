/**
 * Rules that bind: effect vectors, rules, environments, decisions and approvals.
 *
 * @packageDocumentation
 *
 * @example
 * ```ts
 * import { compilePolicy, ENVIRONMENTS, GENESIS_RULES, makePolicy } from "@weftos/governance";
 *
 * const engine = compilePolicy(makePolicy(GENESIS_RULES), ENVIRONMENTS.production);
 * console.log(engine.policy.rules.length, engine.environment.humanApproval);
 * ```
 */
export {
  ApprovalChangedError,
  ApprovalClosedError,
  type ApprovalDetails,
  ApprovalJournalError,
  ApprovalNotFoundError,
  ApprovalNotGrantedError,
  ApprovalNotPendingError,
  ApprovalNotStandingError,
  ApprovalOwnRequestError,
  ApprovalQueueFullError,
  ApprovalRoleError,
  ApprovalTooLargeError,
  ApprovalUsedError,
  SealKeyError,
} from "./approval/approval-errors.ts";
export { compilePolicy, type DecisionEngine } from "./decision/decision-engine.ts";
export type { CapabilityFlag, Facts } from "./decision/facts.ts";
export {
  addEffects,
  EFFECT_DIMENSIONS,
  type EffectLimits,
  effectFault,
  exceededLimits,
  joinEffects,
  magnitude,
  scaleEffect,
  ZERO_EFFECT,
} from "./effect/effect-vector.ts";
export { ENVIRONMENTS, type Environment, type EnvironmentInit } from "./environment/environment.ts";
export type { Answered, Approver, Governance, GovernanceApprovals, PolicyInForce } from "./feature/governance-api.ts";
export { type GovernanceInit, governance } from "./feature/governance-feature.ts";
export type { Finding, FindingKind, Review } from "./judicial/review-chain.ts";
export {
  AmendmentLoosensError,
  AmendmentStateError,
  LawBrokenError,
  LawNotFoundError,
} from "./law/law-errors.ts";
export { GENESIS_RULES } from "./policy/genesis-rules.ts";
export { loadPolicy } from "./policy/load-policy.ts";
export { makePolicy, type Policy } from "./policy/policy.ts";
export {
  EnvironmentLaxError,
  EnvironmentUnknownError,
  GenesisChangedError,
  type PolicyInvalidDetails,
  PolicyInvalidError,
} from "./policy/policy-errors.ts";
export { policyJsonSchema } from "./policy/policy-json-schema.ts";
export type { Rule, RuleCondition, RuleInput, RuleOutcome } from "./policy/rule-schema.ts";
export {
  BranchError,
  GovernanceJournalError,
  PrincipalConflictError,
  type PrincipalDetails,
  PrincipalUnknownError,
  SignatureError,
} from "./principal/principal-errors.ts";
export {
  type AnswerStatement,
  amendmentStatement,
  answerStatement,
  type ConsentStatement,
  consentStatement,
  rotationStatement,
} from "./principal/statement.ts";
