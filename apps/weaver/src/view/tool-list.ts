/** Shows `tool.list`. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";

export const view: View = (result, { style }) => {
  const tools = objectsOf(objectOf(result).tools);
  if (tools.length === 0) return "no tools";
  return renderTable(
    [{ title: "TOOL" }, { title: "ACTION" }, { title: "WHAT IT DOES" }],
    tools.map((tool) => [shown(tool.name), shown(tool.action), shown(tool.description)]),
    style.strong,
  );
};
