/** Shows a principal that was made known, where its secret key lies, and what its person needs next. */
import type { View } from "../commands/command.ts";
import { consentOf, keyPath } from "../signing/key-file.ts";
import { objectOf, shown } from "./fields.ts";
import { principalFields } from "./principal-changed.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style, dir, typed }) => {
  const one = objectOf(result);
  const name = shown(one.name);
  const fields = [...principalFields(one, style)];
  const consent = consentOf(dir, name);
  if (consent === name)
    fields.push([
      "secret key",
      `${keyPath(dir, name)}\ngive it to ${name} and take it from here: whoever reads it signs as them`,
    ]);
  fields.push(["next", `${typed(`principal token ${name} --consent ${consent}`)}  for their programs`]);
  return renderFields(fields, style.faint);
};
