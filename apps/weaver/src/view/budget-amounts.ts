/** Shows amounts of a budget: what is bounded, with its unit. */
import type { JsonValue } from "@weftos/interface";
import { moneyText } from "../arguments/amount-values.ts";
import { numberOf, objectOf } from "./fields.ts";

const units: readonly (readonly [field: string, name: string, text: (value: number) => string])[] = [
  ["tokens", "tokens", String],
  ["moneyMicros", "money", moneyText],
  ["toolCalls", "tools", String],
  ["messages", "messages", String],
  ["cpuMs", "cpu", (value) => `${value} ms`],
];

/** Gives `money 1.25, tokens 100`; a dash where nothing is named, or nothing but zeros. */
export function amountsText(value: JsonValue | undefined): string {
  return textOf(value, (amount) => amount !== 0);
}

/** Gives what was granted or is left: of what is bounded nothing is what matters most. */
export function boundsText(value: JsonValue | undefined): string {
  return textOf(value, () => true);
}

function textOf(value: JsonValue | undefined, wanted: (amount: number) => boolean): string {
  const amounts = objectOf(value);
  const named = units.flatMap(([field, name, text]) => {
    const amount = numberOf(amounts[field]);
    return amount === undefined || !wanted(amount) ? [] : [`${name} ${text(amount)}`];
  });
  return named.length === 0 ? "-" : named.join(", ");
}
