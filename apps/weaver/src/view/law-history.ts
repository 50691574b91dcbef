/** Shows the versions of a chain's law, and what is proposed. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style, typed }) => {
  const { versions, proposals } = objectOf(result);
  const table = renderTable(
    ["VERSION", "LAW", "RULES", "SIGNED BY", "SINCE", "WHY"].map((title) => ({ title })),
    objectsOf(versions).map((one) => [
      shown(one.number),
      shown(one.digest).slice(0, 16),
      shown(one.rules),
      shown(one.signedBy),
      one.at === undefined ? "the beginning" : instant(numberOf(one.at) ?? Number.NaN),
      shown(one.reason),
    ]),
    style.strong,
  );
  const open = objectsOf(proposals).filter((one) => one.state === "proposed");
  if (open.length === 0) return table;
  const list = renderTable(
    ["PROPOSED", "BY", "RULES", "SIGNED", "REHEARSED", "WHY"].map((title) => ({ title })),
    open.map((one) => [
      style.warn(shown(one.id).slice(0, 16)),
      shown(one.by),
      shown(one.set),
      `${objectsOf(one.signatures).length} of ${shown(one.quorum)}`,
      one.rehearsal === undefined ? "no" : "yes",
      shown(one.reason),
    ]),
    style.strong,
  );
  return `${table}\n\n${list}\n\n${style.faint("read one:")} ${typed("governance amend show <id>")}`;
};
