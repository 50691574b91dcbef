/** Shows `chain.export`. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style }) => {
  const report = objectOf(result);
  const fields: [string, string][] = [
    ["to", style.strong(shown(report.output))],
    ["events", shown(report.events)],
    ["files", `${shown(report.files)}, ${shown(report.bytes)} bytes`],
  ];
  if (report.format === "tlog") fields.push(["key", shown(report.vkey)]);
  return `${style.good("exported")} as ${shown(report.format)}\n${renderFields(fields, style.faint)}`;
};
