/** An environment as an approver sees it and a grant binds it: the names, and a digest in place of the values, which may be secrets. */
import { shake256, toHex } from "@weftos/crypto";
import type { JsonObject } from "@weftos/interface";

/** Gives names in order of their code units, and SHAKE-256/256 over the JSON of the sorted pairs. */
export function shownEnvironment(environment: Readonly<Record<string, string>>): JsonObject {
  const pairs = Object.entries(environment).sort(([left], [right]) => (left < right ? -1 : 1));
  const digest = toHex(shake256(new TextEncoder().encode(JSON.stringify(pairs))));
  return { names: pairs.map(([name]) => name), digest };
}
