/** Shows a token that was issued: this once. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";

export const view: View = (result, { style, typed }) => {
  const { name, token } = objectOf(result);
  const told = [
    `token of ${shown(name)}; it is shown this once, and the one before has ended`,
    `commands under this name: WEAVER_TOKEN=<token> ${typed("kernel status")}`,
  ];
  return [shown(token), ...told.map((line) => style.faint(line))].join("\n");
};
