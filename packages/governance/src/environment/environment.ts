/**
 * Environments: how strict the kernel is where no rule speaks. Three are built in; the configuration may add others or
 * replace the numbers of these.
 */
import type { AuditLevel } from "@weftos/interface";
import { z } from "@weftos/schema";
import { EnvironmentUnknownError } from "../policy/policy-errors.ts";

/** What an environment decides. */
export interface Environment {
  readonly name: string;
  /** Magnitude over which an action needs a rule that permits it. */
  readonly threshold: number;
  /** Whether a person is asked where the threshold is exceeded; otherwise the action is denied. */
  readonly humanApproval: boolean;
  /** The least audit level of actions that have an effect; those without are raised to `digest` at most. Never lowers. */
  readonly auditLevel: AuditLevel;
  /** Whose rules are asked; those of another branch are not in force. */
  readonly activeBranches: readonly Branch[];
  /** Magnitude over which no rule alone permits: a person is asked where `humanApproval` is on, else it is denied. */
  readonly maxMagnitude: number;
}

/** Who makes a rule. */
type Branch = "legislative" | "executive" | "judicial";

const BRANCHES: readonly Branch[] = ["legislative", "executive", "judicial"];

/** Development, staging and production. All three branches hold in each of them. */
export const ENVIRONMENTS: Readonly<Record<"development" | "staging" | "production", Environment>> = {
  development: {
    name: "development",
    threshold: 0.9,
    humanApproval: false,
    auditLevel: "none",
    activeBranches: BRANCHES,
    maxMagnitude: 2,
  },
  staging: {
    name: "staging",
    threshold: 0.6,
    humanApproval: false,
    auditLevel: "digest",
    activeBranches: BRANCHES,
    maxMagnitude: 1,
  },
  production: {
    name: "production",
    threshold: 0.3,
    humanApproval: true,
    auditLevel: "logged",
    activeBranches: BRANCHES,
    maxMagnitude: 0.5,
  },
};

const limit = z.number().check(z.minimum(0), z.maximum(10));

const branchNames = z.array(z.enum(["legislative", "executive", "judicial"])).check(z.minLength(1), z.maxLength(3));

const numbers = (activeBranches: typeof branchNames) =>
  z.strictObject({
    threshold: z.optional(limit),
    humanApproval: z.optional(z.boolean()),
    auditLevel: z.optional(z.enum(["none", "digest", "logged", "durable"])),
    activeBranches: z.optional(activeBranches),
    maxMagnitude: z.optional(limit),
  });

/** Numbers of an environment as a journal may have them. */
export const keptEnvironment = z.lazy(() => numbers(branchNames));

/** `[governance.environments.<name>]`. What is left out keeps the built-in number, for a custom one that of staging. */
export const environmentSchema = z.lazy(() =>
  numbers(branchNames.check(z.refine((named) => new Set(named).size === named.length, "expected each branch once"))),
);

/** Names of environments. */
export const environmentName = z
  .string()
  .check(z.regex(/^[a-z][a-z0-9_-]{0,63}$/, "expected a name of lower-case letters, digits, dashes"));

/** Environments by name. */
export const environmentsSchema = z.record(environmentName, environmentSchema);

/** Numbers of an environment as they are configured. */
export type EnvironmentInit = z.output<typeof environmentSchema>;

/** Puts the numbers of `over` over those of `under`, one by one. */
export function mergeEnvironments(
  under: Readonly<Record<string, EnvironmentInit>>,
  over: Readonly<Record<string, EnvironmentInit>>,
): Readonly<Record<string, EnvironmentInit>> {
  const names = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries([...names].map((name) => [name, { ...under[name], ...over[name] }]));
}

/**
 * Finds an environment by name among the configured and the built-in ones.
 *
 * @throws `GOVERNANCE_ENVIRONMENT_UNKNOWN` for any other name: an unknown environment must not be a lax one
 */
export function findEnvironment(name: string, configured: Readonly<Record<string, EnvironmentInit>>): Environment {
  const builtIn = Object.values(ENVIRONMENTS).find((environment) => environment.name === name);
  const own = Object.hasOwn(configured, name) ? configured[name] : undefined;
  if (builtIn === undefined && own === undefined) {
    const known = [...new Set([...Object.keys(ENVIRONMENTS), ...Object.keys(configured)])];
    throw new EnvironmentUnknownError(
      `the environment ${JSON.stringify(name.slice(0, 64))} is not known: expected one of ${known.join(", ")}, or a section [governance.environments.${name.slice(0, 64)}]`,
      { details: { environment: name.slice(0, 64), known } },
    );
  }
  const base = builtIn ?? ENVIRONMENTS.staging;
  return {
    name,
    threshold: own?.threshold ?? base.threshold,
    humanApproval: own?.humanApproval ?? base.humanApproval,
    auditLevel: own?.auditLevel ?? base.auditLevel,
    activeBranches: own?.activeBranches ?? base.activeBranches,
    maxMagnitude: own?.maxMagnitude ?? base.maxMagnitude,
  };
}

const levels: Readonly<Record<AuditLevel, number>> = { none: 0, digest: 1, logged: 2, durable: 3 };

/** Tells whether two environments decide alike, and are the same by name. */
export function sameEnvironment(a: Environment, b: Environment): boolean {
  const partsOf = (one: Environment) => [
    one.name,
    one.threshold,
    one.humanApproval,
    one.auditLevel,
    one.maxMagnitude,
    ...[...one.activeBranches].sort(),
  ];
  return JSON.stringify(partsOf(a)) === JSON.stringify(partsOf(b));
}

/** Names in what an environment permits more, or records less, than another. */
export function laxerParts(next: Environment, floor: Environment): readonly string[] {
  return [
    ...(next.threshold > floor.threshold ? ["threshold"] : []),
    ...(next.maxMagnitude > floor.maxMagnitude ? ["maxMagnitude"] : []),
    ...(levels[next.auditLevel] < levels[floor.auditLevel] ? ["auditLevel"] : []),
    // Where the floor denies, asking a person is laxer, unless less passes unasked: production asks below what staging denies.
    ...(next.humanApproval && !floor.humanApproval && next.threshold >= floor.threshold ? ["humanApproval"] : []),
    ...(floor.activeBranches.some((branch) => !next.activeBranches.includes(branch)) ? ["activeBranches"] : []),
  ];
}
