/** Shows `chain verify --consistency`: the verdict, and what it rests on. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style }) => {
  const report = objectOf(result);
  if (report.valid !== true) {
    const fields: [string, string][] = [
      ["fault", shown(report.code)],
      ["reason", shown(report.reason)],
    ];
    return `the proof is ${style.bad("INVALID")}\n${renderFields(fields, style.faint)}`;
  }
  const pinned = report.assurance === "pinned";
  const fields: [string, string][] = [
    ["proves", `the first ${shown(report.from)} of ${shown(report.to)} events are still what they were`],
    ["older root", shown(report.fromRoot)],
    ["newer root", shown(report.toRoot)],
    ["assurance", pinned ? "pinned: both roots are those of the checkpoints given" : "linked: of these two roots only"],
  ];
  const lines = [`the proof is ${style.good("VALID")}`, renderFields(fields, style.faint)];
  if (!pinned)
    lines.push(
      "",
      style.faint("give --checkpoint (the older) and --newer to know that these are the roots of your chain"),
    );
  return lines.join("\n");
};
