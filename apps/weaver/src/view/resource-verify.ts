/** Shows `resource.verify`. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style }) => {
  const found = objectOf(result);
  const valid = found.valid === true;
  const faults = objectsOf(found.faults).map((fault) => `event ${shown(fault.sequence)}: ${shown(fault.reason)}`);
  return renderFields(
    [
      ["tree", valid ? style.good("the chain gives this tree") : style.bad("the chain does not give this tree")],
      ["changes", `${shown(found.changes)} events`],
      ["root", shown(found.root)],
      ["folded", shown(found.folded)],
      ["faults", faults.length === 0 ? "none" : faults.join("\n")],
    ],
    style.faint,
  );
};
