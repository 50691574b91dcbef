/** Shows `chain.tail` and `chain.query`: events, oldest first. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";
import { cut } from "./table.ts";
import { instant } from "./time.ts";

const HASH_CHARACTERS = 12;
const LEAST_WHO = 8;
const LEAST_DETAIL = 20;
const MOST_DETAIL = 240;

export const view: View = (result, { style, width }) => {
  const events = objectsOf(objectOf(result).events);
  if (events.length === 0) return "no events";
  return renderFitted(
    [
      { title: "EVENT", align: "right" },
      { title: "TIME" },
      { title: "KIND" },
      { title: "WHO", least: LEAST_WHO },
      { title: "HASH", rank: 1 },
      { title: "WHAT", least: LEAST_DETAIL },
    ],
    events.map((event) => [
      shown(event.sequence),
      instant(numberOf(event.time) ?? Number.NaN),
      style.strong(shown(event.kind)),
      whoOf(objectOf(event.actor)),
      shown(event.hash).slice(0, HASH_CHARACTERS),
      event.redacted === true ? "(redacted)" : cut(detailOf(objectOf(event.payload)), MOST_DETAIL),
    ]),
    width,
    style.strong,
  );
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
