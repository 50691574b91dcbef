/** Errors about policies, and about the law that a chain was begun with. */
import { WeftError } from "@weftos/interface";

/** Where a policy is wrong. */
export interface PolicyInvalidDetails {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Id of the rule, or its number from 1 when it has none; undefined when the mistake is not in a rule. */
  readonly rule: string | undefined;
  readonly key: string;
}

/** Raised when a policy does not say what a policy must: the message names file, line and rule. */
export class PolicyInvalidError extends WeftError<PolicyInvalidDetails> {
  override readonly code = "GOVERNANCE_POLICY_INVALID";
}

/** Raised at boot when the genesis of the chain and the policy kept beside it do not belong together. */
export class GenesisChangedError extends WeftError<{ readonly path: string; readonly reason: string }> {
  override readonly code = "GOVERNANCE_GENESIS_CHANGED";
}

/** Raised at boot when the environment's name is neither built in nor configured. */
export class EnvironmentUnknownError extends WeftError<{
  readonly environment: string;
  readonly known: readonly string[];
}> {
  override readonly code = "GOVERNANCE_ENVIRONMENT_UNKNOWN";
}

/** Raised when a kernel should switch to an environment that is laxer than its configured one: only configuration can say that. */
export class EnvironmentLaxError extends WeftError<{
  readonly environment: string;
  readonly configured: string;
  readonly laxer: readonly string[];
}> {
  override readonly code = "GOVERNANCE_ENVIRONMENT_LAX";
}
