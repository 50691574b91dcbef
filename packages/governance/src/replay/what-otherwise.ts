/**
 * Tells what would have changed a decision: each single change that does, else the smallest set that does. A change is that one
 * of the rules that matched had not, or that the magnitude had been within a limit, or over it. Of rules that did not match,
 * nothing is thought up, but that one might have permitted what is over the threshold.
 *
 * Limit: of more than 2048 sets the smallest is not looked for; named is one that does.
 */
import type { Decision } from "@weftos/interface";
import { type Concluding, citationOf, conclude, permits } from "../decision/conclude.ts";
import type { Environment } from "../environment/environment.ts";
import type { Rule } from "../policy/rule-schema.ts";

/** A decision as it is thought over: by what it was concluded, and what came out. */
export interface ThoughtOver {
  readonly engine: Concluding;
  /** Magnitude of the effect. */
  readonly size: number;
  /** The rules that matched. */
  readonly matched: readonly Rule[];
  readonly verdict: Decision["verdict"];
  /** Whether it is the kernel's own upkeep, which is never deferred. */
  readonly upkeep: boolean;
}

/** Changes thought of together. */
export interface ChangeSet {
  /** Rules that had not matched. */
  readonly without: readonly Rule[];
  /** Up to which limit the magnitude had been: the most that rules may permit, or the threshold too. */
  readonly within?: "maximum" | "threshold" | undefined;
  /** Over which limit it had been. */
  readonly over?: "maximum" | "threshold" | undefined;
}

/** A set of changes with what would have come out. */
export interface Otherwise extends ChangeSet {
  readonly verdict: Decision["verdict"];
}

const MAX_TRIES = 2048;
const order = { permit: 0, defer: 1, deny: 2 } as const;

/** Concludes again, with changes. */
export function concludeWith({ engine, size, matched, upkeep }: ThoughtOver, set: ChangeSet): Decision {
  const left = matched.filter((rule) => !set.without.includes(rule));
  const environment = moved(engine.environment, size, set);
  const rules = left.map((rule) => ({ rule, matched: citationOf(rule) }));
  const decision = conclude({ ...engine, environment }, size, rules, false);
  if (!upkeep || decision.verdict !== "defer") return decision;
  return { ...decision, verdict: "permit", warnings: [], cacheable: false };
}

/** The limits are moved, not the magnitude: rules about effects stay as they matched. */
function moved(environment: Environment, size: number, { within, over }: ChangeSet): Environment {
  const { threshold, maxMagnitude } = environment;
  return {
    ...environment,
    threshold: within === "threshold" ? Math.max(threshold, size) : over === "threshold" ? -1 : threshold,
    maxMagnitude: within !== undefined ? Math.max(maxMagnitude, size) : over === "maximum" ? -1 : maxMagnitude,
  };
}

/** Lists the single changes after which it is another decision. */
export function singleChanges(of: ThoughtOver): readonly Otherwise[] {
  const singles = [
    ...of.matched.map((rule): ChangeSet => ({ without: [rule] })),
    ...limitsOf(of).map((within): ChangeSet => ({ without: [], within })),
  ];
  const changing = singles.flatMap((set) => changed(of, set) ?? []);
  if (of.verdict !== "permit") return changing;
  const crossed = (["threshold", "maximum"] as const).flatMap((over) => changed(of, { without: [], over }) ?? []);
  return [...changing, ...crossed.slice(0, 1)];
}

/**
 * Finds the smallest set of changes after which it is another decision: of equally small ones that which permits, then the
 * first in the order of the rules.
 */
export function smallestChange(of: ThoughtOver): Otherwise | undefined {
  const { matched, verdict } = of;
  const denying = verdict === "deny" ? matched.filter(({ outcome }) => outcome.kind === "deny") : [];
  // Where nothing denies, a rule that permits may be what keeps the threshold from it.
  const others = matched.filter((rule) => rule.outcome.kind === "defer" || (verdict !== "deny" && permits(rule)));
  const limits = [undefined, ...limitsOf(of)];
  let tries = 0;
  for (let size = 0; size <= others.length + 1; size++) {
    const found: Otherwise[] = [];
    for (const within of limits) {
      for (const some of choices(others, within === undefined ? size : size - 1)) {
        if (++tries > MAX_TRIES) return changed(of, { without: [...denying, ...others], within: limits.at(-1) })?.[0];
        // While one rule denies it stays denied, so all that deny go together.
        found.push(...(changed(of, { without: [...denying, ...some], within }) ?? []));
      }
    }
    found.sort((a, b) => order[a.verdict] - order[b.verdict]);
    if (found[0] !== undefined) return found[0];
  }
  return undefined;
}

/** The limits that the magnitude is over, the higher one first. */
function limitsOf({ engine, size }: ThoughtOver): readonly ("maximum" | "threshold")[] {
  const { threshold, maxMagnitude } = engine.environment;
  return [
    ...(size > maxMagnitude && threshold < maxMagnitude ? (["maximum"] as const) : []),
    ...(size > Math.min(threshold, maxMagnitude) ? (["threshold"] as const) : []),
  ];
}

function changed(of: ThoughtOver, set: ChangeSet): [Otherwise] | undefined {
  const { verdict } = concludeWith(of, set);
  return verdict === of.verdict ? undefined : [{ ...set, verdict }];
}

/** Gives all choices of so many, in the order of the list. */
function* choices(rules: readonly Rule[], many: number): Generator<readonly Rule[]> {
  if (many === 0) yield [];
  for (let at = 0; many > 0 && at <= rules.length - many; at++) {
    const [first, ...others] = rules.slice(at);
    if (first !== undefined) for (const rest of choices(others, many - 1)) yield [first, ...rest];
  }
}
