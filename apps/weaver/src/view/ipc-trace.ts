/** Shows `ipc.trace`: where the messages of a trace went, in order. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";
import { senderOf, targetOf } from "./message-target.ts";
import { timeOfDay } from "./time.ts";

export const view: View = (result, { style, width }) => {
  const rows = objectsOf(objectOf(result).steps).map((step) => [
    timeOfDay(numberOf(step.sentAt) ?? Number.NaN),
    senderOf(step),
    targetOf(step.target),
    step.correlationId === undefined ? shown(step.kind) : `reply (${shown(step.kind)})`,
    shown(step.bytes),
    shown(step.status),
    shown(step.id),
  ]);
  if (rows.length === 0) return "no message of that trace is known: only the newest 10 000 traced ones are kept";
  const columns = [
    { title: "TIME", rank: 4 },
    { title: "FROM", least: 10 },
    { title: "TO", least: 10 },
    { title: "KIND", rank: 2 },
    { title: "BYTES", align: "right" as const, rank: 3 },
    { title: "STATUS" },
    { title: "MESSAGE", rank: 1 },
  ];
  return renderFitted(columns, rows, width, style.strong);
};
