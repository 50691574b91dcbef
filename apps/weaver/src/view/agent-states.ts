/** Shows `agent.states`. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";

export const view: View = (result, { style, typed }) => {
  const { states, more } = objectOf(result);
  const kept = objectsOf(states);
  if (kept.length === 0) return "no agent keeps anything";
  const table = renderTable(
    [{ title: "AGENT" }, { title: "IN USE" }],
    kept.map(({ agents, open }) => [
      Array.isArray(agents) ? agents.map(shown).join("/") : "-",
      open === true ? "yes" : "no",
    ]),
    style.strong,
  );
  const left = numberOf(more) ?? 0;
  return left === 0 ? table : `${table}\n${style.faint(`and ${left} more:`)} ${typed("agent states -n 1000")}`;
};
