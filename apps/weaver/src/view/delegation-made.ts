/** Shows `resource.delegate`. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style, typed }) => {
  const made = objectOf(objectOf(result).delegation);
  const { permissions } = made;
  return renderFields(
    [
      ["delegation", style.strong(shown(made.id))],
      ["from", shown(made.grantor)],
      ["to", shown(made.to)],
      ["path", shown(made.path)],
      ["permissions", Array.isArray(permissions) ? permissions.map(shown).join(", ") : shown(permissions)],
      ["until", instant(numberOf(made.expiresAt) ?? Number.NaN)],
      ["passed on", `${shown(made.further)} more times`],
      ["take it back", typed(`resource revoke ${shown(made.id)}`)],
    ],
    style.faint,
  );
};
