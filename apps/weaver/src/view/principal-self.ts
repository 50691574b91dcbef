/** Shows who calls. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { principalFields } from "./principal-changed.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style, typed }) => {
  const self = objectOf(result);
  const principal = objectOf(self.principal);
  if (principal.name !== undefined) return renderFields(principalFields(principal, style), style.faint);
  const fields: [string, string][] = [
    ["name", style.strong(shown(self.name))],
    ["role", shown(self.role)],
    ["known", `no: nobody is known yet, and who reads the state directory may do all (${typed("init")})`],
  ];
  return renderFields(fields, style.faint);
};
