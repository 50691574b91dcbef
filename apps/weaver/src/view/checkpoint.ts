/** Shows `chain.checkpoint`; the signed note itself is long and made for programs. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style, typed }) => {
  const { size, head } = objectOf(result);
  const fields: [string, string][] = [
    ["covers", `${shown(size)} events`],
    ["head", style.strong(shown(head))],
    ["note", `${typed("chain checkpoint --json")} prints the signed note, to keep elsewhere`],
  ];
  return `${style.good("a checkpoint was signed")}\n${renderFields(fields, style.faint)}`;
};
