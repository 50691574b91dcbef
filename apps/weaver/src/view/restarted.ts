/** Shows what `agent.restart` did. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";

export const view: View = (result, { style }) => {
  const { name, oldPid, pid } = objectOf(result);
  return `${style.strong(shown(name))} runs again as process ${shown(pid)} (was ${shown(oldPid)})`;
};
