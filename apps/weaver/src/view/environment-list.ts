/** Shows `environment.list`. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";

const BRANCHES = 3;

export const view: View = (result, { style, width }) => {
  const { active, environments } = objectOf(result);
  return renderFitted(
    [
      ...["ENVIRONMENT", "THRESHOLD", "MOST", "OVER IT", "AUDIT"].map((title) => ({ title })),
      { title: "BRANCHES", least: 12 },
    ],
    objectsOf(environments).map((one) => [
      one.name === active ? style.good(`${shown(one.name)} (in force)`) : shown(one.name),
      shown(one.threshold),
      shown(one.maxMagnitude),
      one.humanApproval === true ? "asks a person" : "denies",
      shown(one.auditLevel),
      Array.isArray(one.activeBranches) && one.activeBranches.length === BRANCHES ? "all" : shown(one.activeBranches),
    ]),
    width,
    style.strong,
  );
};
