/** Shows `budget.tree`. */
import type { View } from "../commands/command.ts";
import { amountsText } from "./budget-amounts.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { processTree } from "./process-tree.ts";
import { renderTable } from "./table.ts";

export const view: View = (result, { style }) => {
  const accounts = objectsOf(objectOf(result).accounts);
  if (accounts.length <= 1) return "no agent has a budget: nothing bounds what they spend";
  const lines = processTree(accounts.map((account) => ({ ...account, pid: account.id ?? null })));
  return renderTable(
    [
      { title: "BUDGET" },
      { title: "GRANT" },
      { title: "SPENT" },
      { title: "HELD" },
      { title: "LENT" },
      { title: "LEFT" },
    ],
    lines.map(({ branch, process: account }) => [
      `${style.faint(branch)}${shown(account.owner)}`,
      account.id === 0 ? "without bounds" : amountsText(account.grant),
      amountsText(account.spent),
      amountsText(account.held),
      amountsText(account.lent),
      account.id === 0 ? "" : amountsText(account.remaining),
    ]),
    style.strong,
  );
};
