/** Shows one environment, and what its numbers mean. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style }) => {
  const one = objectOf(result);
  const asks = one.humanApproval === true;
  return renderFields(
    [
      ["environment", style.strong(shown(one.name))],
      ["in force", one.active === false ? "no" : style.good("yes")],
      [
        "threshold",
        `${shown(one.threshold)}: over it a rule must permit, else ${asks ? "a person is asked" : "it is denied"}`,
      ],
      ["most", `${shown(one.maxMagnitude)}: over it no rule alone permits`],
      ["audit", `${shown(one.auditLevel)} at least, of actions that have an effect`],
      ["branches", shown(one.activeBranches)],
    ].map(([name = "", value = ""]) => [name, value] as const),
    style.faint,
  );
};
