/** Shows `ipc.dead-letters.list`: what could not be delivered, oldest first. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";
import { senderOf, targetOf } from "./message-target.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style, width, typed }) => {
  const rows = objectsOf(objectOf(result).letters).map((letter) => [
    shown(letter.id),
    instant(numberOf(letter.at) ?? Number.NaN),
    style.strong(shown(letter.reason)),
    senderOf(letter),
    targetOf(letter.target),
    letter.kept === true ? shown(letter.bytes) : "not kept",
  ]);
  if (rows.length === 0) return "no dead letters";
  const columns = [
    { title: "LETTER" },
    { title: "TIME", rank: 2 },
    { title: "REASON" },
    { title: "FROM", rank: 3, least: 8 },
    { title: "TO", least: 8 },
    { title: "BYTES", align: "right" as const, rank: 1 },
  ];
  const table = renderFitted(columns, rows, width, style.strong);
  return `${table}\n\n${style.faint(`${typed("ipc dead-letters show <letter>")} shows what was sent`)}`;
};
