/** Scores of a resource as people read them. */
import type { JsonObject } from "@weftos/interface";
import { numberOf } from "./fields.ts";

/** Names of the scores, in the order of the record. */
export const scoreNames = ["trust", "performance", "difficulty", "reward", "reliability", "velocity"] as const;

/** Shows a score of 0 to 1 with three digits; a dash when it is none. */
export function score(value: JsonObject[string] | undefined): string {
  return numberOf(value)?.toFixed(3) ?? "-";
}
