/** Shows `resource.revoke`. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, shown } from "./fields.ts";

export const view: View = (result, { style }) => {
  const { id, below } = objectOf(result);
  const count = numberOf(below) ?? 0;
  const others = count === 0 ? "" : `, and with it the ${count} passed on from it`;
  return `${style.good("revoked")} ${shown(id)}${others}`;
};
