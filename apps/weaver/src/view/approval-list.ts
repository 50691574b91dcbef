/** Shows `approvals.list`, oldest first, with the line that answers. */
import type { View } from "../commands/command.ts";
import { askerOf } from "./approval-show.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { cut, renderTable } from "./table.ts";
import { span } from "./time.ts";

const RESOURCE_WIDTH = 48;

export const view: View = (result, { style, now, typed }) => {
  const approvals = objectsOf(objectOf(result).approvals);
  if (approvals.length === 0) return "nobody waits for an approval";
  const table = renderTable(
    [{ title: "ID" }, { title: "STATE" }, { title: "WHO" }, { title: "ACTION" }, { title: "ON" }, { title: "EXPIRES" }],
    approvals.map((approval) => {
      const subject = objectOf(approval.subject);
      const left = (numberOf(approval.expiresAt) ?? Number.NaN) - now;
      const state = shown(approval.state);
      return [
        shown(approval.id),
        state === "pending" ? style.warn(state) : state,
        askerOf(approval.agent, subject),
        style.strong(shown(approval.action)),
        cut(shown(approval.resource), RESOURCE_WIDTH),
        state !== "pending" ? "-" : left > 0 ? `in ${span(left)}` : "now",
      ];
    }),
    style.strong,
  );
  if (!approvals.some(({ state }) => state === "pending")) return table;
  return `${table}\n\n${style.faint("what is asked:")} ${typed("approvals show <id>")}\n${style.faint("answer:")}        ${typed("approvals approve <id>")} or ${typed("approvals deny <id>")}`;
};
