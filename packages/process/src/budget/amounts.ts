/** Amounts of a budget, unit by unit. Whole numbers only; a sum that would pass what a number can hold exactly is refused. */
import type { BudgetAmounts, BudgetUnit } from "@weftos/interface";
import { parse } from "@weftos/schema";
import { inputProblem } from "../input-invalid.ts";
import { amountsSchema } from "../spawn-options.ts";

/** All units, in the order in which they are shown. */
export const units: readonly BudgetUnit[] = ["tokens", "moneyMicros", "toolCalls", "messages", "cpuMs"];

/** Amounts that change. */
export type Tally = { [Unit in BudgetUnit]?: number };

/** Checks amounts; units of 0 and undefined are left out unless `keepZero`. @throws PROCESS_INPUT_INVALID */
export function readAmounts(given: unknown, what: string, keepZero = false): BudgetAmounts {
  const checked = parse(amountsSchema, given, { what, error: inputProblem });
  const amounts: Tally = {};
  for (const unit of units) {
    const value = checked[unit];
    if (value !== undefined && (keepZero || value > 0)) amounts[unit] = value;
  }
  return amounts;
}

/** Gives the units that amounts name, with their values. */
export function entriesOf(amounts: BudgetAmounts): readonly (readonly [BudgetUnit, number])[] {
  const entries: (readonly [BudgetUnit, number])[] = [];
  for (const unit of units) {
    const value = amounts[unit];
    if (value !== undefined) entries.push([unit, value]);
  }
  return entries;
}
