/**
 * Finds, of many rules about one action, those that a request could match: rules that demand that an attribute, the resource
 * or the agent be one of a few values lie in a hash table under these values. All other rules are always asked.
 *
 * The table only leaves out rules that could not match; each rule found is still asked whole.
 */
import type { ActionRequest, AttributeValue } from "@weftos/interface";
import { agentLine } from "./agent-line.ts";
import { attributeOf, type CompiledRule, type KeyPlace } from "./compile-rule.ts";
import type { Facts } from "./facts.ts";

/** Below this number of rules with an equality, asking all of them is as fast. */
const WORTH_IT = 8;

interface Table {
  /** What the request has there. Throws when it cannot be read. */
  readonly read: (request: ActionRequest, facts: Facts) => readonly AttributeValue[];
  readonly rules: ReadonlyMap<AttributeValue, readonly CompiledRule[]>;
  /** Those to ask when the value cannot be read. */
  readonly all: readonly CompiledRule[];
}

/** The rules about one action. */
export class RuleIndex {
  /** Rules that are asked for every request. */
  readonly always: readonly CompiledRule[];
  readonly #tables: readonly Table[];
  readonly #order: ReadonlyMap<CompiledRule, number>;

  constructor(rules: readonly CompiledRule[]) {
    const keyed = rules.filter((rule) => rule.keys.length > 0);
    const indexed = keyed.length >= WORTH_IT ? keyed : [];
    const inTables = new Set(indexed);
    this.always = rules.filter((rule) => !inTables.has(rule));
    this.#tables = tablesOf(indexed);
    this.#order = new Map(indexed.length === 0 ? [] : rules.map((rule, place) => [rule, place]));
  }

  /** Whether some rules are found by what a request says, so that no decision holds for every request. */
  get reads(): boolean {
    return this.#tables.length > 0;
  }

  /** Gives the rules beside {@link always} that a request could match. */
  found(request: ActionRequest, facts: Facts): readonly CompiledRule[] {
    let found: readonly CompiledRule[] = NONE;
    for (const table of this.#tables) {
      const some = candidates(table, request, facts);
      if (some.length > 0) found = found.length === 0 ? some : [...found, ...some];
    }
    return found;
  }

  /** Puts rules into the order of the policy. */
  sorted(rules: CompiledRule[]): CompiledRule[] {
    if (rules.length > 1 && this.reads) rules.sort((a, b) => this.#placeOf(a) - this.#placeOf(b));
    return rules;
  }

  #placeOf(rule: CompiledRule): number {
    return this.#order.get(rule) ?? 0;
  }
}

const NONE: readonly CompiledRule[] = [];

function candidates(table: Table, request: ActionRequest, facts: Facts): readonly CompiledRule[] {
  let values: readonly AttributeValue[];
  try {
    values = table.read(request, facts);
  } catch {
    return table.all; // each of them finds out that it cannot be judged
  }
  const [value] = values;
  if (value === undefined) return NONE;
  if (values.length === 1) return table.rules.get(value) ?? NONE;
  // A rule may stand under several of them.
  return [...new Set(values.flatMap((one) => table.rules.get(one) ?? NONE))];
}

/** Each rule goes under the place of its equalities that has the most different values. */
function tablesOf(rules: readonly CompiledRule[]): readonly Table[] {
  const values = new Map<KeyPlace, Set<AttributeValue>>();
  for (const { keys } of rules) {
    for (const key of keys) {
      const seen = values.get(key.place) ?? new Set();
      for (const value of key.values) seen.add(value);
      values.set(key.place, seen);
    }
  }
  const under = new Map<KeyPlace, CompiledRule[]>();
  for (const rule of rules) {
    const count = (place: KeyPlace): number => values.get(place)?.size ?? 0;
    const [best] = [...rule.keys].sort((a, b) => count(b.place) - count(a.place));
    if (best === undefined) continue;
    const list = under.get(best.place) ?? [];
    list.push(rule);
    under.set(best.place, list);
  }
  return [...under].map(([place, all]) => ({ read: reader(place), rules: byValue(place, all), all }));
}

function byValue(
  place: KeyPlace,
  rules: readonly CompiledRule[],
): ReadonlyMap<AttributeValue, readonly CompiledRule[]> {
  const map = new Map<AttributeValue, CompiledRule[]>();
  for (const rule of rules) {
    for (const value of new Set(rule.keys.find((key) => key.place === place)?.values)) {
      const list = map.get(value) ?? [];
      list.push(rule);
      map.set(value, list);
    }
  }
  return map;
}

function reader(place: KeyPlace): Table["read"] {
  if (place === "resource") return (request) => [request.resource];
  if (place === "agent") return ({ subject }, facts) => agentLine(subject, facts);
  const name = place.slice("attribute:".length);
  return (request) => {
    const value = attributeOf(request, name);
    return value === undefined ? [] : [value];
  };
}
