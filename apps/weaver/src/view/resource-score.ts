/** Shows `resource.score`: own scores beside the mean of those below. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { score, scoreNames } from "./resource-scores.ts";
import { renderTable } from "./table.ts";

export const view: View = (result, { style }) => {
  const node = objectOf(result);
  const own = objectOf(node.scores);
  const below = objectOf(node.below);
  const none = node.children === 0;
  const columns = [
    { title: "SCORE" },
    { title: "OWN", align: "right" as const },
    { title: "BELOW", align: "right" as const },
  ];
  const rows = scoreNames.map((name) => [name, score(own[name]), none ? "-" : score(below[name])]);
  const head = `${style.strong(shown(node.path))}  ${shown(node.kind)}, composite ${score(node.composite)}`;
  return `${head}\n\n${renderTable(columns, rows, style.strong)}`;
};
