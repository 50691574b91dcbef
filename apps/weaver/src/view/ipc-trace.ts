/** Shows `ipc.trace`: where the messages of a trace went, in order. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { senderOf, targetOf } from "./message-target.ts";
import { renderTable } from "./table.ts";
import { timeOfDay } from "./time.ts";

export const view: View = (result, { style }) => {
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
  const [time, from, to, kind, bytes, status, id] = ["TIME", "FROM", "TO", "KIND", "BYTES", "STATUS", "MESSAGE"];
  const columns = [time, from, to, kind, bytes, status, id].map((title) => ({
    title: title ?? "",
    ...(title === "BYTES" ? { align: "right" as const } : {}),
  }));
  return renderTable(columns, rows, style.strong);
};
