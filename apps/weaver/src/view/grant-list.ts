/** Shows the standing grants of `approvals.list`, oldest first, with the line that takes one back. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";
import { renderFields } from "./table.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style, width, typed }) => {
  const grants = objectsOf(objectOf(result).approvals);
  if (grants.length === 0) return "no grant stands";
  const table = renderFitted(
    [
      { title: "ID" },
      { title: "FOR" },
      { title: "ACTION" },
      { title: "ON", least: 12, rank: 2 },
      { title: "GIVEN BY" },
      { title: "SINCE", rank: 1 },
    ],
    grants.map((grant) => {
      const standing = objectOf(grant.standing);
      const answers = objectsOf(grant.answers);
      return [
        shown(grant.id),
        `${shown(standing.kind)} ${style.strong(shown(standing.name))}`,
        shown(grant.action),
        shown(grant.resource),
        answers.map((answer) => shown(answer.principal)).join(", "),
        instant(numberOf(answers.at(-1)?.at) ?? Number.NaN),
      ];
    }),
    width,
    style.strong,
  );
  const next: [string, string][] = [
    ["what it covers", typed("approvals show <id>")],
    ["take it back", typed("approvals revoke <id>")],
  ];
  return `${table}\n\n${renderFields(next, style.faint)}`;
};
