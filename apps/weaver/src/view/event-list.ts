/** Shows `chain.tail` and `chain.query`: events, oldest first. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { cut, displayWidth, renderTable } from "./table.ts";
import { instant } from "./time.ts";

const HASH_CHARACTERS = 12;
const LEAST_DETAIL = 24;
const MOST_DETAIL = 240;

export const view: View = (result, { style, width }) => {
  const rows = objectsOf(objectOf(result).events).map((event) => [
    shown(event.sequence),
    instant(numberOf(event.time) ?? Number.NaN),
    style.strong(shown(event.kind)),
    whoOf(objectOf(event.actor)),
    shown(event.hash).slice(0, HASH_CHARACTERS),
    event.redacted === true ? "(redacted)" : detailOf(objectOf(event.payload)),
  ]);
  if (rows.length === 0) return "no events";
  const used = Math.max(...rows.map((row) => row.slice(0, -1).reduce((sum, cell) => sum + displayWidth(cell) + 2, 0)));
  const room = Math.min(Math.max(width - used, LEAST_DETAIL), MOST_DETAIL);
  const columns = [
    { title: "EVENT", align: "right" as const },
    ...["TIME", "KIND", "WHO", "HASH", "WHAT"].map((title) => ({ title })),
  ];
  const fitting = rows.map((row) => [...row.slice(0, -1), cut(row.at(-1) ?? "", room)]);
  return renderTable(columns, fitting, style.strong);
};

/** Tells who acted. */
export function whoOf(actor: JsonObject): string {
  const { agent, principal, pid } = actor;
  if (typeof agent === "string") return `${shown(agent)}(${shown(pid)})`;
  if (typeof principal === "string") return shown(principal);
  return pid === 0 || pid === null ? "kernel" : `process ${shown(pid)}`;
}

/** Tells what a payload says, in short. */
export function detailOf(payload: JsonObject): string {
  const { action, resource, verdict, outcome } = payload;
  const parts = [action, resource, verdict, outcome].filter((part) => part !== undefined).map(shown);
  return parts.length > 0 ? parts.join(" ") : shown(payload);
}
