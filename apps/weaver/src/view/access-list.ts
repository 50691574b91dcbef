/** Shows an access list: own entries and inherited ones, after a change what was changed. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";

export const view: View = (result, { style }) => {
  const whole = objectOf(result);
  const path = shown(whole.path);
  const entries = objectsOf(whole.access);
  const changed = whole.done === undefined ? [] : [`${shown(whole.done)} ${objectsOf(whole.entries).length}`];
  if (entries.length === 0) {
    return [...changed, `nothing is said of ${path}: only the kernel and admins may do anything with it`].join("\n");
  }
  const columns = ["EFFECT", "WHO", "WHAT", "SAID AT"].map((title) => ({ title }));
  const rows = entries.map(({ effect, subject, permissions, here, at }) => [
    effect === "deny" ? style.bad("deny") : style.good(shown(effect)),
    shown(subject),
    Array.isArray(permissions) ? permissions.map(shown).join(", ") : shown(permissions),
    at === path ? `here${here === true ? " alone" : " and below"}` : shown(at),
  ]);
  return [...changed, renderTable(columns, rows, style.strong)].join("\n");
};
