/** Shows a principal that has a new key: what ended with the old one, and how its programs come back in. */
import type { View } from "../commands/command.ts";
import { consentOf } from "../signing/key-file.ts";
import { objectOf, shown } from "./fields.ts";
import { principalFields } from "./principal-changed.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style, dir, typed }) => {
  const one = objectOf(result);
  const name = shown(one.name);
  const fields: readonly [string, string][] = [
    ...principalFields(one, style),
    ["token", `${style.warn("ended")} with the old key, if there was one: their programs need another`],
    ["next", typed(`principal token ${name} --consent ${consentOf(dir, name)}`)],
  ];
  return renderFields(fields, style.faint);
};
