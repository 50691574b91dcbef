/** Shows `environment.list`. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";

export const view: View = (result, { style }) => {
  const { active, environments } = objectOf(result);
  return renderTable(
    ["ENVIRONMENT", "THRESHOLD", "MOST", "OVER IT", "AUDIT", "BRANCHES"].map((title) => ({ title })),
    objectsOf(environments).map((one) => [
      one.name === active ? style.good(`${shown(one.name)} (in force)`) : shown(one.name),
      shown(one.threshold),
      shown(one.maxMagnitude),
      one.humanApproval === true ? "asks a person" : "denies",
      shown(one.auditLevel),
      shown(one.activeBranches),
    ]),
    style.strong,
  );
};
