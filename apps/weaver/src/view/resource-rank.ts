/** Shows `resource.rank`. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { score, scoreNames } from "./resource-scores.ts";
import { renderTable } from "./table.ts";

export const view: View = (result, { style }) => {
  const ranked = objectsOf(objectOf(result).resources);
  if (ranked.length === 0) return "no resource is like that";
  const columns = [
    { title: "COMPOSITE", align: "right" as const },
    ...scoreNames.map((name) => ({ title: name.toUpperCase(), align: "right" as const })),
    { title: "KIND" },
    { title: "PATH" },
  ];
  const rows = ranked.map((node) => {
    const scores = objectOf(node.scores);
    return [
      score(node.composite),
      ...scoreNames.map((name) => score(scores[name])),
      shown(node.kind),
      shown(node.path),
    ];
  });
  return renderTable(columns, rows, style.strong);
};
