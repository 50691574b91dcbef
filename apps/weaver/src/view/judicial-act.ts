/** Shows a stay, or a suspension. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";

export const view: View = (result, { style, typed }) => {
  const act = objectOf(result);
  if (act.pid !== undefined) return `${style.warn("suspended")}: ${shown(act.agent)} (process ${shown(act.pid)})`;
  const cited = act.finding === undefined ? "" : ` (finding ${shown(act.finding)})`;
  const why = `stayed by ${shown(act.by)}: ${shown(act.reason)}${cited}`;
  return [
    `${style.strong(shown(act.id))} ${style.warn("permits no more")}: ${why}`,
    `${style.faint("until it is lifted:")} ${typed(`governance lift ${shown(act.id)}`)}`,
  ].join("\n");
};
