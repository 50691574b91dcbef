/** Shows `chain verify --consistency`: the verdict, and what it rests on. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { invalidProof, validProof } from "./proof-verdict.ts";

const MORE = "give --checkpoint (the older) and --newer to know that these are the roots of your chain";

export const view: View = (result, { style }) => {
  const report = objectOf(result);
  if (report.valid !== true) return invalidProof(report, style);
  const pinned = report.assurance === "pinned";
  const fields: [string, string][] = [
    ["proves", `the first ${shown(report.from)} of ${shown(report.to)} events are still what they were`],
    ["older root", shown(report.fromRoot)],
    ["newer root", shown(report.toRoot)],
    ["assurance", pinned ? "pinned: both roots are those of the checkpoints given" : "linked: of these two roots only"],
  ];
  return validProof(fields, pinned ? undefined : MORE, style);
};
