/** Shows what became of a message: the reply as it is, or where it lies. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { printable } from "./printable.ts";

export const view: View = (result, { style }) => {
  const answer = objectOf(result);
  if ("status" in answer)
    return `${style.good(shown(answer.status))} as message ${shown(answer.id)}; no reply was waited for`;
  const payload = answer.payload;
  return printable(typeof payload === "string" ? payload : JSON.stringify(payload ?? null, null, 2), { lines: true });
};
