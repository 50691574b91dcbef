/** Shows `resource.delegations`. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style, width }) => {
  const whole = objectOf(result);
  const held = objectsOf(whole.delegations);
  if (held.length === 0) return "nothing is delegated";
  const columns = [
    { title: "ID" },
    { title: "HOLDS" },
    { title: "FROM", rank: 2 },
    { title: "TO" },
    { title: "PATH", least: 10 },
    { title: "WHAT", least: 8, rank: 3 },
    { title: "UNTIL", rank: 1 },
  ];
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
  const table = renderFitted(columns, rows, width, style.strong);
  return more > 0 ? `${table}\n… and ${more} more: --limit` : table;
};
