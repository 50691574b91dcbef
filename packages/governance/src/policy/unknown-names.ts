/** Finds what rules name and nobody knows: a rule that denies `fs.remvoe` denies nothing, and says nothing of it. */
import type { Rule } from "./rule-schema.ts";

const GLOB = /[*?[{]/;

/** Lists each rule with the actions and environments that are not known; patterns are not looked at. */
export function unknownNames(
  rules: readonly Rule[],
  known: { readonly actions: ReadonlySet<string>; readonly environments: ReadonlySet<string> },
): readonly string[] {
  return rules.flatMap(({ id, condition }) => {
    const actions = (condition.actions ?? []).filter((name) => !GLOB.test(name) && !known.actions.has(name));
    const environments = (condition.environments ?? []).filter((name) => !known.environments.has(name));
    const named = [
      ...actions.map((name) => `the action ${name}`),
      ...environments.map((name) => `the environment ${name}`),
    ];
    return named.map((name) => `rule ${id} names ${name}`);
  });
}
