/** Shows `governance.rules`. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";

export const view: View = (result, { style }) => {
  const whole = objectOf(result);
  const rows = objectsOf(whole.rules).map((rule) => [
    style.strong(shown(rule.id)),
    shown(objectOf(rule.outcome).kind),
    shown(rule.severity),
    shown(objectOf(rule.condition).actions),
    shown(rule.description ?? rule.reason),
  ]);
  const columns = ["RULE", "OUTCOME", "SEVERITY", "ACTIONS", "WHAT IT SAYS"].map((title) => ({ title }));
  const policy = shown(objectOf(whole.policy).digest);
  return `${renderTable(columns, rows, style.strong)}\n\n${style.faint("policy")} ${policy}`;
};
