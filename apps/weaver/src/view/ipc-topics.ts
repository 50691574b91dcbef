/** Shows `ipc.topics`: who listens to what. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";

export const view: View = (result, { style }) => {
  const rows = objectsOf(objectOf(result).topics).map(({ topic, subscribers, groups }) => [
    style.strong(shown(topic)),
    shown(subscribers),
    shown(groups),
  ]);
  if (rows.length === 0) return "nobody subscribes to anything";
  const columns = [{ title: "TOPIC" }, { title: "SUBSCRIBERS", align: "right" as const }, { title: "QUEUE GROUPS" }];
  return renderTable(columns, rows, style.strong);
};
