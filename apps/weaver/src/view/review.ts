/** Shows what a review of the chain found. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";

export const view: View = (result, { style, typed }) => {
  const review = objectOf(result);
  const findings = objectsOf(review.findings);
  const head = `${shown(review.events)} events and ${shown(review.actions)} actions reviewed`;
  if (findings.length === 0) return style.good(`${head}: nothing found`);
  const table = renderTable(
    ["EVENT", "FINDING", "ACTION", "WHAT"].map((title) => ({ title })),
    findings.map((one) => [shown(one.sequence), style.bad(shown(one.kind)), shown(one.action), shown(one.detail)]),
    style.strong,
  );
  const more = numberOf(review.more) ?? 0;
  const rest = more > 0 ? [style.faint(`and ${more} more`)] : [];
  return [head, "", table, ...rest, `${style.faint("more of one:")} ${typed("action show <event>")}`].join("\n");
};
