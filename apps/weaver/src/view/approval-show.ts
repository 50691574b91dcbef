/** Shows one approval: exactly what the approver's answer will bind, and the answers so far. */
import type { JsonObject, JsonValue } from "@weftos/interface";
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
    ["who", askerOf(approval.agent, subject)],
    ["action", shown(request.action)],
    ...effectField(objectOf(approval.effect)),
    ["on", shown(request.resource)],
    ["asks", printable(typeof display === "string" ? display : "-", { lines: true })],
    ["why", `${shown(approval.reason)} (rules: ${shown(approval.rules)})`],
    ["of whom", whomOf(approval)],
    ["answers", [`${answers.length} of ${shown(approval.quorum)}`, ...answers].join("\n")],
    ...standingField(objectOf(approval.standing)),
    ["expires", instant(numberOf(approval.expiresAt) ?? Number.NaN)],
    ["digest", shown(approval.digest)],
  ];
}

/** An agent with its process, a principal by its name. */
export function askerOf(agent: JsonValue | undefined, subject: JsonObject): string {
  if (subject.kind === "principal") return shown(subject.id);
  const who = `${shown(subject.kind)} ${shown(subject.id)}`;
  return agent === undefined ? who : `${shown(agent)} (${who})`;
}

function effectField(effect: JsonObject): [string, string][] {
  const parts = Object.entries(effect).filter(([, value]) => value !== 0);
  if (Object.keys(effect).length === 0) return [];
  return [["effect", parts.map(([name, value]) => `${shown(name)} ${shown(value)}`).join(", ") || "none"]];
}

function whomOf({ approvers, to }: JsonObject): string {
  return approvers === undefined ? `whoever has the role ${shown(to)}` : shown(approvers);
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
    const answers = Array.isArray(approval.choices) ? approval.choices : [];
    const words = answers.map((choice) =>
      choice === "approve-standing" ? `approvals approve ${id} --standing` : `approvals ${shown(choice)} ${id}`,
    );
    fields.push(["choices", words.map((one) => typed(one)).join("\n")]);
  }
  return renderFields(fields, style.faint);
};
