/** Shows a principal after a change. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style }) => {
  const one = objectOf(result);
  return renderFields(
    [
      ["name", style.strong(shown(one.name))],
      ["state", one.state === "active" ? style.good("active") : style.warn(shown(one.state))],
      ["role", `${shown(one.role)}${one.owner === true ? ", owner of this state directory" : ""}`],
      ["branches", shown(one.branches)],
      ["key", shown(one.key)],
    ],
    style.faint,
  );
};
