/** Shows one guarded action on one screen: who, what, effect, rule, outcome, proof. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, shown } from "./fields.ts";
import type { Style } from "./style.ts";
import { renderFields } from "./table.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style, typed }) => {
  const action = objectOf(result);
  const proof = objectOf(action.proof);
  const agent = shown(action.agent);
  const covered = numberOf(proof.checkpoint);
  const fields: [string, string][] = [
    ["who", agent === "-" ? shown(action.who) : `${style.strong(agent)} (${shown(action.who)})`],
    ["what", `${style.strong(shown(action.action))} on ${shown(action.resource)}`],
    ["facts", pairs(objectOf(action.attributes))],
    ["effect", pairs(nonZero(objectOf(action.effect)))],
    ["verdict", verdictOf(action, style)],
    ["rule", rulesOf(action.rules)],
    ["why", shown(action.reason)],
    ["outcome", outcomeOf(action, style)],
    ["when", instant(numberOf(action.time) ?? Number.NaN)],
    ["policy", shown(action.policy)],
    ["events", shown(action.events)],
    ["proof", `event ${shown(proof.sequence)}, hash ${shown(proof.hash)}`],
    [
      "",
      covered === undefined
        ? "not covered by a signed checkpoint yet"
        : `covered by the signed checkpoint of ${covered} events`,
    ],
    ["check", typed("chain verify")],
  ];
  if (action.redacted === true) fields.push(["redacted", style.warn("what some of its events said was destroyed")]);
  if (shown(action.approval) !== "-") fields.splice(8, 0, ["approval", shown(action.approval)]);
  return renderFields(fields, style.faint);
};

function verdictOf(action: JsonObject, style: Style): string {
  const verdict = shown(action.verdict);
  const by = shown(action.by);
  const paint = verdict === "deny" ? style.bad : verdict === "defer" ? style.warn : style.good;
  return `${paint(verdict)}${by === "-" ? "" : ` by ${by}`}`;
}

/** Ids of the rules that matched; a record of rules themselves holds more than ids. */
function rulesOf(rules: JsonValue | undefined): string {
  if (!Array.isArray(rules)) return shown(rules);
  return shown((rules as readonly JsonValue[]).map((rule) => objectOf(rule).id ?? rule));
}

const outcomes: Readonly<Record<string, string>> = {
  refused: "refused: it never ran",
  pending: "pending: it waits for a person and has not run",
  unknown: "unknown: it was about to run, and no outcome was recorded",
};

function outcomeOf(action: JsonObject, style: Style): string {
  const outcome = shown(action.outcome);
  if (outcome === "ok") return style.good(outcome);
  const error = shown(action.error);
  return style.bad(`${outcomes[outcome] ?? outcome}${error === "-" ? "" : ` (${error})`}`);
}

function nonZero(effect: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(effect).filter(([, value]) => `${value}` !== "0"));
}

function pairs(facts: JsonObject): string {
  const all = Object.entries(facts).map(([name, value]) => `${shown(name)} ${shown(value)}`);
  return all.length === 0 ? "none" : all.join(", ");
}
