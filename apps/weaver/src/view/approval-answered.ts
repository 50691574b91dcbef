/** Shows what an answer was, and what happened because of it. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { askerOf } from "./approval-show.ts";
import { objectOf, shown } from "./fields.ts";
import type { Style } from "./style.ts";

export const view: View = (result, { style, typed }) => {
  const whole = objectOf(result);
  const approval = objectOf(whole.approval);
  const state = shown(approval.state);
  const paint = state === "denied" || state === "expired" ? style.warn : style.good;
  return [
    `${paint(state)}: ${shown(approval.action)} on ${shown(approval.resource)}`,
    sentenceOf(whole, approval, style),
    style.faint(`approval ${shown(approval.id)}; more: ${typed(`approvals show ${shown(approval.id)}`)}`),
  ].join("\n");
};

function who(approval: JsonObject): string {
  return askerOf(approval, objectOf(approval.subject));
}

function sentenceOf(after: JsonObject, approval: JsonObject, style: Style): string {
  switch (after.next) {
    case "resumed":
      return "its requester waited for this and goes on now";
    case "awaits-requester":
      if (approval.state === "standing") return "every call under the same document is covered until you revoke it";
      return `${who(approval)} may now do the same again, once; the kernel runs nothing by itself`;
    case "awaits-resume":
      return `${who(approval)} is suspended: the kernel runs it, once, when an operator resumes it`;
    case "ran":
      return after.outcome === "ok"
        ? style.good("the kernel ran it once, as its requester: it succeeded")
        : style.bad(`the kernel ran it once, as its requester: it failed: ${shown(after.error)}`);
    default:
      return approval.state === "pending" ? "more approvers are needed" : "nothing runs";
  }
}
