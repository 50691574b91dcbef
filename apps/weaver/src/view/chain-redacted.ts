/** Shows `chain.redact`: what is gone, and what it did not reach. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style, typed }) => {
  const { sequence, by } = objectOf(result);
  const fields: [string, string][] = [
    ["recorded", `as event ${shown(by)}, with who did it and why`],
    [
      "not reached",
      "copies of the directory, snapshots and old blocks of the disk, exports, logs, the approvals' journal,",
    ],
    ["", "and what lies outside the payload: source, kind, actor, trace, key, length"],
    ["proof", `${typed("chain verify")} still holds, and every proof`],
  ];
  return `${style.good(`the payload of event ${shown(sequence)} is gone`)}\n${renderFields(fields, style.faint)}`;
};
