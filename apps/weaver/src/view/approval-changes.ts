/** Shows what `approvals.watch` tells: a line for each approval that waits or changed; none when nothing happened. */
import type { View } from "../commands/command.ts";
import { askerOf } from "./approval-show.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";

export const view: View = (result, { style }) =>
  objectsOf(objectOf(result).approvals)
    .map((approval) => {
      const subject = objectOf(approval.subject);
      const state = shown(approval.state);
      const paint =
        state === "pending" ? style.warn : state === "denied" || state === "expired" ? style.bad : style.good;
      const who = askerOf(approval.agent, subject);
      const what = `${style.strong(shown(approval.action))} on ${shown(approval.resource)}`;
      return `${shown(approval.id)}  ${paint(state.padEnd(8))}  ${who}  ${what}`;
    })
    .join("\n");
