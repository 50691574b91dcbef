/** Shows `principal.list`. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style, typed }) => {
  const principals = objectsOf(objectOf(result).principals);
  if (principals.length === 0)
    return `nobody is known yet: the host vouches for who calls\n${style.faint("begin:")} ${typed("init")}`;
  return renderTable(
    ["NAME", "ROLE", "BRANCHES", "STATE", "KEY", "SINCE"].map((title) => ({ title })),
    principals.map((one) => [
      style.strong(shown(one.name)),
      `${shown(one.role)}${one.owner === true ? ", owner" : ""}`,
      shown(one.branches),
      one.state === "active" ? "active" : style.warn(shown(one.state)),
      `${shown(one.key).slice(0, 16)}…`,
      instant(numberOf(one.keySince) ?? Number.NaN),
    ]),
    style.strong,
  );
};
