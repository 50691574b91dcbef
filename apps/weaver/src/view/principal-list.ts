/** Shows `principal.list`. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style, width, typed }) => {
  const principals = objectsOf(objectOf(result).principals);
  if (principals.length === 0)
    return `nobody is known yet: the host vouches for who calls\n${style.faint("begin:")} ${typed("init")}`;
  return renderFitted(
    [
      { title: "NAME" },
      { title: "ROLE" },
      { title: "BRANCHES", least: 12 },
      { title: "STATE" },
      { title: "KEY", rank: 2 },
      { title: "SINCE", rank: 1 },
    ],
    principals.map((one) => [
      style.strong(shown(one.name)),
      `${shown(one.role)}${one.owner === true ? ", owner" : ""}`,
      shown(one.branches),
      one.state === "active" ? "active" : style.warn(shown(one.state)),
      `${shown(one.key).slice(0, 16)}…`,
      instant(numberOf(one.keySince) ?? Number.NaN),
    ]),
    width,
    style.strong,
  );
};
