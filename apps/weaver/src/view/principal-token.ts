/** Shows a token that was issued: this once. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";

export const view: View = (result, { style }) => {
  const { name, token } = objectOf(result);
  return `${shown(token)}\n${style.faint(`token of ${shown(name)}; it is shown this once, and the one before has ended`)}`;
};
