/** Shows one budget, as `budget.grant` leaves it. */
import type { View } from "../commands/command.ts";
import { amountsText, boundsText } from "./budget-amounts.ts";
import { objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style }) => {
  const account = objectOf(result);
  return renderFields(
    [
      ["agent", style.strong(shown(account.owner))],
      ["grant", boundsText(account.grant)],
      ["spent", amountsText(account.spent)],
      ["left", boundsText(account.remaining)],
    ],
    style.faint,
  );
};
