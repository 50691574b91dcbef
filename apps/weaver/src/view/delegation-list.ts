/** Shows `resource.delegations`. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style }) => {
  const whole = objectOf(result);
  const held = objectsOf(whole.delegations);
  if (held.length === 0) return "nothing is delegated";
  const columns = ["ID", "HOLDS", "FROM", "TO", "PATH", "WHAT", "UNTIL"].map((title) => ({ title }));
  const rows = held.map((each) => [
    shown(each.id),
    each.holds === true ? style.good("yes") : style.bad(shown(each.fault)),
    shown(each.grantor),
    shown(each.to),
    shown(each.path),
    Array.isArray(each.permissions) ? each.permissions.map(shown).join(", ") : "-",
    instant(numberOf(each.expiresAt) ?? Number.NaN),
  ]);
  const more = (numberOf(whole.total) ?? 0) - held.length;
  const table = renderTable(columns, rows, style.strong);
  return more > 0 ? `${table}\n… and ${more} more: --limit` : table;
};
