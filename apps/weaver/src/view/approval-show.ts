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
  const answers = objectsOf(approval.answers).map((answer) => `${shown(answer.verdict)} ${saidBy(answer)}`);
  return [
    ["approval", shown(approval.id)],
    ["state", shown(approval.state)],
    ["who", askerOf(approval, subject)],
    ["action", shown(request.action)],
    ...effectField(objectOf(approval.effect)),
    ["on", shown(request.resource)],
    ["asks", printable(typeof display === "string" ? shownOnce(display) : "-", { lines: true })],
    ["why", `${shown(approval.reason)}${shown(approval.rules) === "-" ? "" : ` (rules: ${shown(approval.rules)})`}`],
    ["of whom", whomOf(approval)],
    ["answers", [`${answers.length} of ${shown(approval.quorum)}`, ...answers].join("\n")],
    ...standingField(approval),
    ...expiryField(approval),
    ["digest", shown(approval.digest)],
  ];
}

/** Of a child spec or manifest that may be granted for good what is asked may be that very document: it is shown once. */
function shownOnce(display: string): string {
  const under = /\nunder the [^\n]*:\n/.exec(display);
  if (under === null) return display;
  const asked = display.slice(0, under.index);
  return asked === display.slice(under.index + under[0].length)
    ? `${asked}${under[0].slice(0, -2)}: all of the above`
    : display;
}

/** An agent with its process and who started it, a principal by its name. */
export function askerOf({ agent, principal }: JsonObject, subject: JsonObject): string {
  if (subject.kind === "principal") return shown(subject.id);
  const who = `${shown(subject.kind)} ${shown(subject.id)}`;
  const named = agent === undefined ? who : `${shown(agent)} (${who})`;
  return principal === undefined ? named : `${named} of ${shown(principal)}`;
}

function effectField(effect: JsonObject): [string, string][] {
  const parts = Object.entries(effect).filter(([, value]) => value !== 0);
  if (Object.keys(effect).length === 0) return [];
  return [["effect", parts.map(([name, value]) => `${shown(name)} ${shown(value)}`).join(", ") || "none"]];
}

function whomOf({ approvers, to }: JsonObject): string {
  return approvers === undefined ? `whoever has the role ${shown(to)}` : shown(approvers);
}

/** What can still be used or answered, until it expires. */
const open: ReadonlySet<string> = new Set(["pending", "approved"]);

function expiryField({ state, expiresAt }: JsonObject): [string, string][] {
  return open.has(shown(state)) ? [["expires", instant(numberOf(expiresAt) ?? Number.NaN)]] : [];
}

function standingField({ standing, state, revoked }: JsonObject): [string, string][] {
  const { kind, name } = objectOf(standing);
  if (kind === undefined) return [];
  const what = `for the ${shown(kind)} ${shown(name)}, as shown`;
  if (state === "pending") return [["may stand", `${what}, with --standing`]];
  if (state === "standing") return [["stands", `${what}, until it changes or is revoked`]];
  return state === "revoked" ? [["revoked", saidBy(objectOf(revoked))]] : [];
}

/** By whom, when, and in which words. */
function saidBy({ principal, at, comment }: JsonObject): string {
  const words = shown(comment);
  return `by ${shown(principal)} at ${instant(numberOf(at) ?? Number.NaN)}${words === "-" ? "" : `: ${words}`}`;
}

export const view: View = (result, { style, typed }) => {
  const approval = objectOf(result);
  const fields = approvalFields(approval);
  const id = shown(approval.id);
  const choices = (Array.isArray(approval.choices) ? approval.choices : []).map((choice) =>
    choice === "approve-standing" ? `approvals approve ${id} --standing` : `approvals ${shown(choice)} ${id}`,
  );
  if (choices.length > 0) fields.push(["choices", choices.map((words) => typed(words)).join("\n")]);
  return renderFields(fields, style.faint);
};
