/** Shows a stay, or a suspension. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";

export const view: View = (result, { style }) => {
  const act = objectOf(result);
  if (act.pid !== undefined) return `${style.warn("suspended")}: ${shown(act.agent)} (process ${shown(act.pid)})`;
  return `${style.strong(shown(act.id))} ${style.warn("permits no more")}: stayed by ${shown(act.by)}: ${shown(act.reason)}`;
};
