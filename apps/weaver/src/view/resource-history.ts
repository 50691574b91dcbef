/** Shows `resource.history`: what each event changed, newest first. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";
import { instant } from "./time.ts";

const ROOT_CHARACTERS = 12;

export const view: View = (result, { style }) => {
  const whole = objectOf(result);
  const events = objectsOf(whole.events);
  if (events.length === 0) return `nothing is recorded of ${shown(whole.path)}`;
  const columns = [
    { title: "EVENT", align: "right" as const },
    ...["TIME", "KIND", "CHANGE", "ROOT AFTER IT"].map((title) => ({ title })),
  ];
  const rows = events.map((event) => [
    shown(event.sequence),
    instant(numberOf(event.time) ?? Number.NaN),
    style.strong(shown(event.kind)),
    objectsOf(event.changes).map(changeText).join("; "),
    shown(event.root).slice(0, ROOT_CHARACTERS),
  ]);
  return renderTable(columns, rows, style.strong);
};

function changeText({ op, kind, metadata, scoring }: JsonObject): string {
  const facts = Object.entries(objectOf(metadata)).map(([name, value]) => `${shown(name)}=${shown(value)}`);
  const parts = [shown(op), ...(kind === undefined ? [] : [shown(kind)]), ...facts];
  return [...parts, ...(scoring === undefined ? [] : [`scoring ${shown(scoring)}`])].join(" ");
}
