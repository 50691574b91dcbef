/** Shows the standing grants of `approvals.list`, oldest first, with the line that takes one back. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { cut, renderTable } from "./table.ts";
import { instant } from "./time.ts";

const RESOURCE_WIDTH = 40;

export const view: View = (result, { style, typed }) => {
  const grants = objectsOf(objectOf(result).approvals);
  if (grants.length === 0) return "no grant stands";
  const table = renderTable(
    [
      { title: "ID" },
      { title: "FOR" },
      { title: "ACTION" },
      { title: "ON" },
      { title: "GIVEN BY" },
      { title: "SINCE" },
    ],
    grants.map((grant) => {
      const standing = objectOf(grant.standing);
      const answers = objectsOf(grant.answers);
      return [
        shown(grant.id),
        `${shown(standing.kind)} ${style.strong(shown(standing.name))}`,
        shown(grant.action),
        cut(shown(grant.resource), RESOURCE_WIDTH),
        answers.map((answer) => shown(answer.principal)).join(", "),
        instant(numberOf(answers.at(-1)?.at) ?? Number.NaN),
      ];
    }),
    style.strong,
  );
  return `${table}\n\n${style.faint("what it covers:")} ${typed("approvals show <id>")}\n${style.faint("take it back:")}   ${typed("approvals revoke <id>")}`;
};
