/** Shows `ipc.dead-letters.list`: what could not be delivered, oldest first. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { senderOf, targetOf } from "./message-target.ts";
import { renderTable } from "./table.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style, typed }) => {
  const rows = objectsOf(objectOf(result).letters).map((letter) => [
    shown(letter.id),
    instant(numberOf(letter.at) ?? Number.NaN),
    style.strong(shown(letter.reason)),
    senderOf(letter),
    targetOf(letter.target),
    letter.kept === true ? shown(letter.bytes) : "not kept",
  ]);
  if (rows.length === 0) return "no dead letters";
  const columns = ["LETTER", "TIME", "REASON", "FROM", "TO"].map((title) => ({ title }));
  const table = renderTable([...columns, { title: "BYTES", align: "right" as const }], rows, style.strong);
  return `${table}\n\n${style.faint(`${typed("ipc dead-letters show <letter>")} shows what was sent`)}`;
};
