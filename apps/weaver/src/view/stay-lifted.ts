/** Shows the end of a stay. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";

export const view: View = (result, { style }) => {
  const stay = objectOf(result);
  return `${style.strong(shown(stay.id))} ${style.good("permits again")}: the stay of ${shown(stay.by)} is lifted`;
};
