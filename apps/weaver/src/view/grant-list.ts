/** Shows the standing grants of `approvals.list`, oldest first, with the line that takes one back. */
import type { JsonObject } from "@weftos/interface";
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
      { title: "COUNTS" },
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
        grant.counts === false ? style.warn("no") : grant.counts === true ? "yes" : "-",
      ];
    }),
    width,
    style.strong,
  );
  const idle = grants.filter((grant) => grant.counts === false || shown(grant.uncounted) !== "-").map(idleText);
  const next: [string, string][] = [
    ["what it covers", typed("approvals show <id>")],
    ["take it back", typed("approvals revoke <id>")],
  ];
  return [table, ...(idle.length === 0 ? [] : ["", ...idle]), "", renderFields(next, style.faint)].join("\n");
};

/** Says of a grant whose answer counts no more, and whether it still covers anything. */
function idleText({ id, counts, uncounted }: JsonObject): string {
  const gone = shown(uncounted) === "-" ? "" : `${shown(uncounted)} may give it no more`;
  if (counts !== false) return `${shown(id)}: ${gone}; the others are enough`;
  return `${shown(id)} covers nothing now: ${gone === "" ? "fewer gave it than the rules ask for by now" : gone}`;
}
