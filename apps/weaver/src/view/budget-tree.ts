/** Shows `budget.tree`: a line for each budget, or one for each unit of it where the terminal is too narrow for that. */
import type { View } from "../commands/command.ts";
import { amountsText, boundsText } from "./budget-amounts.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { processTree } from "./process-tree.ts";
import { displayWidth, renderTable } from "./table.ts";

export const view: View = (result, { style, width }) => {
  const accounts = objectsOf(objectOf(result).accounts);
  if (accounts.length <= 1) return "no agent has a budget: nothing bounds what they spend";
  const lines = processTree(accounts.map((account) => ({ ...account, pid: account.id ?? null })));
  const rows = lines.map(({ branch, process: account }) => [
    `${style.faint(branch)}${shown(account.owner)}`,
    account.id === 0 ? "without bounds" : boundsText(account.grant),
    amountsText(account.spent),
    amountsText(account.held),
    amountsText(account.lent),
    account.id === 0 ? "" : boundsText(account.remaining),
  ]);
  const columns = ["BUDGET", "GRANT", "SPENT", "HELD", "LENT", "LEFT"].map((title) => ({ title }));
  const whole = renderTable(columns, rows, style.strong);
  if (whole.split("\n").every((line) => displayWidth(line) <= width)) return whole;
  return renderTable(columns, rows.flatMap(inUnits), style.strong);
};

/** Parts a row into one for each unit; the name stands in the first. */
function inUnits(row: readonly string[]): readonly (readonly string[])[] {
  const [name = "", ...amounts] = row;
  const parts = amounts.map((text) => text.split(", "));
  const most = Math.max(...parts.map(({ length }) => length));
  return Array.from({ length: most }, (_, at) => [at === 0 ? name : "", ...parts.map((units) => units[at] ?? "")]);
}
