/** Shows a principal that was made known, where its secret key lies, and what its person needs next. */
import { existsSync } from "node:fs";
import type { View } from "../commands/command.ts";
import { keyPath } from "../signing/key-file.ts";
import { objectOf, shown } from "./fields.ts";
import { principalFields } from "./principal-changed.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style, dir, typed }) => {
  const one = objectOf(result);
  const name = shown(one.name);
  const path = keyPath(dir, name);
  const here = existsSync(path);
  const fields = [...principalFields(one, style)];
  if (here)
    fields.push(["secret key", `${path}\ngive it to ${name} and take it from here: whoever reads it signs as them`]);
  const consent = here ? name : `${name}=<file>`;
  fields.push(["next", `${typed(`principal token ${name} --consent ${consent}`)}  for their programs`]);
  return renderFields(fields, style.faint);
};
