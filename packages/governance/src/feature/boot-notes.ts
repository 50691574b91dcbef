/** What an operator is told at each boot: where the law, the configuration or the branches are not what they may be taken for. */
import { ENVIRONMENTS, type Environment, laxerParts } from "../environment/environment.ts";
import type { LawInForce } from "../law/law-in-force.ts";
import type { Rule } from "../policy/rule-schema.ts";
import { unknownNames } from "../policy/unknown-names.ts";
import type { PrincipalRegistry } from "../principal/principal-registry.ts";
import { unitedBranches } from "../principal/separation.ts";

/** The most names in one sentence. */
const MAX_NAMES = 8;

/** What is looked at. */
export interface BootFacts {
  readonly law: LawInForce;
  /** Digest of the genesis rules of this release. */
  readonly release: string;
  /** Name of the configured environment. */
  readonly configured: string;
  /** The rules of configuration and code. */
  readonly rules: readonly Rule[];
  /** Patterns of policy files that match none. */
  readonly unmatched: readonly string[];
  /** Names of the actions that are declared. */
  readonly actions: ReadonlySet<string>;
  readonly registry: PrincipalRegistry;
  /** Whether the configuration says that one person alone runs the kernel. */
  readonly solo: boolean;
  /** Whose keys lie beside the kernel, as a sentence. */
  readonly beside: string | undefined;
}

/** Gives one sentence for each thing. */
export function bootNotes({
  law,
  release,
  configured,
  rules,
  unmatched,
  actions,
  registry,
  solo,
  beside,
}: BootFacts): string[] {
  const notes: string[] = [];
  if (law.genesis?.digest !== release)
    notes.push("this chain keeps the genesis rules it was begun with; this release has others, which it proposes");
  if (law.environment.name !== configured)
    notes.push(`the environment ${law.environment.name} is in force, switched to while ${configured} is configured`);
  if (law.tooLax !== undefined)
    notes.push(
      `the environment ${law.tooLax}, which was switched to, is laxer than ${configured} by now: the configured one is in force`,
    );
  notes.push(...laxNotes(law.environment));
  const overridden = law.overridden();
  if (overridden.length > 0)
    notes.push(`the configuration says otherwise what was added as an environment: ${some(overridden, ", ")}`);
  const looser = law.looserThanLaw();
  if (looser.length > 0) notes.push(`the configuration permits beyond the law of this chain: ${some(looser, ", ")}`);
  const environments = new Set(law.environments().map(({ name }) => name));
  const unknown = unknownNames(rules, { actions, environments });
  if (unknown.length > 0) notes.push(`the configuration names what nobody declares so far: ${some(unknown, "; ")}`);
  if (unmatched.length > 0) notes.push(`no policy file matches ${some(unmatched, ", ")}`);
  if (solo && !registry.known)
    notes.push(
      "nobody is known yet, so that whoever reads this directory may do anything: begin with an owner (weaver init)",
    );
  const united = unitedBranches(registry, solo);
  return [...notes, ...[united, beside].filter((note) => note !== undefined)];
}

/** Where the environment in force is laxer than its name promises, or leaves rules of the law out. */
function laxNotes({ name, ...numbers }: Environment): string[] {
  const builtIn = Object.values(ENVIRONMENTS).find((one) => one.name === name);
  const laxer = builtIn === undefined ? [] : laxerParts({ name, ...numbers }, builtIn);
  if (laxer.length > 0) return [`the configuration makes ${name} laxer than it is built in: ${laxer.join(", ")}`];
  const silent = ENVIRONMENTS.production.activeBranches.filter((branch) => !numbers.activeBranches.includes(branch));
  return silent.length === 0 ? [] : [`no rule of the ${silent.join(" or the ")} branch is asked in ${name}`];
}

function some(names: readonly string[], between: string): string {
  return names.slice(0, MAX_NAMES).join(between);
}
