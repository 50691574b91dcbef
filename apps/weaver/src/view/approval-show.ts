/** Shows one approval: exactly what the approver's answer will bind, and the answers so far. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { printable } from "./printable.ts";
import { renderFields } from "./table.ts";
import { instant } from "./time.ts";

function approvalFields(approval: JsonObject): [string, string][] {
  const request = objectOf(approval.request);
  const subject = objectOf(request.subject);
  const display = approval.display;
  const answers = objectsOf(approval.answers).map((answer) => {
    const comment = shown(answer.comment);
    const at = instant(numberOf(answer.at) ?? Number.NaN);
    return `${shown(answer.verdict)} by ${shown(answer.principal)} at ${at}${comment === "-" ? "" : `: ${comment}`}`;
  });
  return [
    ["approval", shown(approval.id)],
    ["state", shown(approval.state)],
    ["who", `${shown(approval.agent ?? subject.kind)} (${shown(subject.kind)} ${shown(subject.id)})`],
    ["action", shown(request.action)],
    ["on", shown(request.resource)],
    ["asks", printable(typeof display === "string" ? display : "-", { lines: true })],
    ["why", `${shown(approval.reason)} (rules: ${shown(approval.rules)})`],
    ["answers", answers.length === 0 ? `none of ${shown(approval.quorum)}` : answers.join("\n")],
    ...standingField(objectOf(approval.standing)),
    ["expires", instant(numberOf(approval.expiresAt) ?? Number.NaN)],
    ["digest", shown(approval.digest)],
  ];
}

function standingField(standing: JsonObject): [string, string][] {
  if (standing.kind === undefined) return [];
  return [["may stand", `for the ${shown(standing.kind)} ${shown(standing.name)}, as shown, with --standing`]];
}

export const view: View = (result, { style, typed }) => {
  const approval = objectOf(result);
  const fields = approvalFields(approval);
  if (approval.state === "pending") {
    const id = shown(approval.id);
    fields.push(["next", `${typed(`approvals approve ${id}`)}\n${typed(`approvals deny ${id}`)}`]);
  }
  return renderFields(fields, style.faint);
};
