/** Shows what `agent.forget` removed. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";

export const view: View = (result) => {
  const { agents, removed } = objectOf(result);
  const name = Array.isArray(agents) ? agents.map(shown).join("/") : "-";
  return removed === true ? `what ${name} kept is removed` : `${name} kept nothing`;
};
