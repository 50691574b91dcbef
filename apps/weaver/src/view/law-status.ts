/** Shows `governance.status`. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style }) => {
  const status = objectOf(result);
  const stays = objectsOf(status.stays).map((stay) => `${shown(stay.id)}, by ${shown(stay.by)}: ${shown(stay.reason)}`);
  const beside = objectsOf(status.beside).map(
    ({ source, rules }) => `${shown(rules)} ${rules === 1 ? "rule" : "rules"} of ${shown(source)}`,
  );
  return renderFields(
    [
      ["version", status.version === 0 ? "0, the genesis" : shown(status.version)],
      ["law", shown(status.law)],
      ["genesis", shown(status.genesis)],
      ["amendments", status.amendable === true ? style.warn("may loosen") : "may only add or tighten"],
      ["beside it", beside.length === 0 ? "no rules" : beside.join("\n")],
      ["proposed", shown(status.proposals)],
      ["environment", shown(objectOf(status.environment).name)],
      ["principals", shown(status.principals)],
      ["branches", status.separated === true ? style.good("separated") : style.warn(shown(status.note))],
      ["stayed", stays.length === 0 ? "no permit" : stays.join("\n")],
    ].map(([name = "", value = ""]) => [name, value] as const),
    style.faint,
  );
};
