/** Shows `resource.stats`. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style }) => {
  const stats = objectOf(result);
  const kinds = Object.entries(objectOf(stats.kinds)).sort(([a], [b]) => (a < b ? -1 : 1));
  return renderFields(
    [
      ["nodes", style.strong(shown(stats.nodes))],
      ["depth", shown(stats.depth)],
      ...kinds.map(([kind, count]): [string, string] => [shown(kind), shown(count)]),
      ["root", shown(stats.root)],
      ["changed by", `event ${shown(stats.changed)}`],
    ],
    style.faint,
  );
};
