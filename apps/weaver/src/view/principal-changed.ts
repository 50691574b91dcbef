/** Shows a principal after a change. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import type { Style } from "./style.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style }) => renderFields(principalFields(objectOf(result), style), style.faint);

/** What is known of a principal. */
export function principalFields(one: JsonObject, style: Style): readonly [string, string][] {
  return [
    ["name", style.strong(shown(one.name))],
    ["state", one.state === "active" ? style.good("active") : style.warn(shown(one.state))],
    ["role", `${shown(one.role)}${one.owner === true ? ", owner of this state directory" : ""}`],
    ["branches", shown(one.branches)],
    ["public key", shown(one.key)],
  ];
}
