/** Shows `approvals.list`, oldest first, with the line that answers. */
import type { View } from "../commands/command.ts";
import { askerOf } from "./approval-show.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";
import { renderFields } from "./table.ts";
import { span } from "./time.ts";

export const view: View = (result, { style, width, now, typed }) => {
  const approvals = objectsOf(objectOf(result).approvals);
  if (approvals.length === 0) return "nobody waits for an approval";
  const waits = approvals.filter(({ state }) => state === "pending");
  // Where all of them wait, nobody needs to read it in every line.
  const withState = waits.length < approvals.length;
  const table = renderFitted(
    [
      { title: "ID" },
      ...(withState ? [{ title: "STATE" }] : []),
      { title: "WHO", least: 8 },
      { title: "ACTION", least: 12 },
      { title: "ON", least: 8 },
      { title: "EXPIRES", rank: 1 },
    ],
    approvals.map((approval) => {
      const subject = objectOf(approval.subject);
      const left = (numberOf(approval.expiresAt) ?? Number.NaN) - now;
      const state = shown(approval.state);
      return [
        shown(approval.id),
        ...(withState ? [state === "pending" ? style.warn(state) : state] : []),
        askerOf(approval, subject),
        shown(approval.action),
        shown(approval.resource),
        state !== "pending" ? "-" : left > 0 ? `in ${span(left)}` : "now",
      ];
    }),
    width,
    style.strong,
  );
  if (waits.length === 0) return table;
  const next: [string, string][] = [
    ["what is asked", typed("approvals show <id>")],
    ["answer", `${typed("approvals approve <id>")}\n${typed("approvals deny <id>")}`],
  ];
  return `${table}\n\n${renderFields(next, style.faint)}`;
};
