/** Shows what `approvals.watch` tells: a line for each approval that waits or changed; none when nothing happened. */
import type { View } from "../commands/command.ts";
import { askerOf } from "./approval-show.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { cut, displayWidth } from "./table.ts";

const LEAST_RESOURCE = 12;

export const view: View = (result, { style, width }) =>
  objectsOf(objectOf(result).approvals)
    .map((approval) => {
      const subject = objectOf(approval.subject);
      const state = shown(approval.state);
      const paint =
        state === "pending" ? style.warn : state === "denied" || state === "expired" ? style.bad : style.good;
      const who = askerOf(approval, subject);
      const line = `${shown(approval.id)}  ${paint(state.padEnd(8))}  ${who}  ${style.strong(shown(approval.action))} on `;
      return `${line}${cut(shown(approval.resource), Math.max(LEAST_RESOURCE, width - displayWidth(line)))}`;
    })
    .join("\n");
