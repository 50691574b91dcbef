/** Shows one guarded action on one screen: who, what, effect, rule, outcome, proof. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import type { Style } from "./style.ts";
import { cut, renderFields } from "./table.ts";
import { instant, span } from "./time.ts";

const SAID_WIDTH = 400;

export const view: View = (result, { style, typed }) => {
  const action = objectOf(result);
  const agent = shown(action.agent);
  const fields: [string, string][] = [
    ["who", agent === "-" ? shown(action.who) : `${style.strong(agent)} (${shown(action.who)})`],
    ...lineage(action),
    ...(action.outcome === "recorded" ? happened(action, style) : guarded(action, style)),
    ...proven(action),
    ["check", typed("chain verify")],
  ];
  if (action.redacted === true) fields.push(["redacted", style.warn("what some of its events said was destroyed")]);
  return renderFields(fields, style.faint);
};

function guarded(action: JsonObject, style: Style): [string, string][] {
  return [
    ["what", `${style.strong(shown(action.action))} on ${shown(action.resource)}`],
    ["facts", pairs(objectOf(action.attributes))],
    ["effect", pairs(nonZero(objectOf(action.effect)))],
    ["verdict", verdictOf(action, style)],
    ["rule", rulesOf(action.rules, action.branches)],
    ["why", shown(action.reason)],
    ...more(action, style),
    ["outcome", outcomeOf(action, style)],
    ["when", instant(numberOf(action.time) ?? Number.NaN)],
    ["policy", shown(action.policy)],
  ];
}

/** What no guarded action did: the kernel says that it happened. */
function happened(action: JsonObject, style: Style): [string, string][] {
  const said = Object.entries(objectOf(action.result)).map(([name, value]) => `${shown(name)}: ${shown(value)}`);
  return [
    ["what", `${style.strong(shown(action.kind))}: an event, and no guarded action`],
    ["says", said.length === 0 ? "nothing" : said.map((line) => cut(line, SAID_WIDTH)).join("\n")],
    ["when", instant(numberOf(action.time) ?? Number.NaN)],
  ];
}

function proven(action: JsonObject): [string, string][] {
  const proof = objectOf(action.proof);
  const covered = numberOf(proof.checkpoint);
  const cover =
    covered === undefined
      ? "no signed checkpoint covers it yet"
      : `the signed checkpoint of ${covered} events covers it`;
  return [
    ["events", shown(action.events)],
    ["proof", `event ${shown(proof.sequence)}: ${cover}`],
    ["hash", shown(proof.hash)],
  ];
}

/** The principal and the agents above the one that acted. */
function lineage(action: JsonObject): [string, string][] {
  const parents = objectsOf(action.parents).map((one) => `${shown(one.agent)}(${shown(one.pid)})`);
  const fields: [string, string][] = [];
  if (parents.length > 0) fields.push(["spawned by", parents.join(" ← ")]);
  if (shown(action.principal) !== "-") fields.push(["principal", shown(action.principal)]);
  return fields;
}

/** What came with the decision: warnings, obligations, the approval and who answered it, how long it ran, what it cost. */
function more(action: JsonObject, style: Style): [string, string][] {
  const answers = objectsOf(action.answers).map(
    (one) => `${shown(one.verdict)} by ${shown(one.principal)} at ${instant(numberOf(one.time) ?? Number.NaN)}`,
  );
  const given: [string, string][] = [
    ["warnings", shown(action.warnings)],
    ["obliges", obligationsOf(action.obligations)],
    ["approval", shown(action.approval)],
    ["answered", answers.length === 0 ? "-" : answers.join("\n")],
    ["result", action.result === null ? "-" : shown(action.result)],
    ["took", numberOf(action.durationMs) === undefined ? "-" : `${shown(action.durationMs)} ms`],
    ["cost", shown(action.cost)],
  ];
  return given
    .filter(([, value]) => value !== "-")
    .map(([name, value]) => [name, name === "warnings" ? style.warn(value) : value]);
}

/** What a decision demanded beside itself, in words. */
function obligationsOf(obligations: JsonValue | undefined): string {
  if (!Array.isArray(obligations)) return shown(obligations);
  const told = (obligations as readonly JsonValue[]).map((one) => {
    const text = shown(one);
    const [kind, first = "", ...rest] = text.split(":");
    if (kind === "approval") {
      const many = first === "1" ? "one person" : `${first} people`;
      return `the consent of ${many} of ${rest.join(":").replaceAll("|", ", ")}`;
    }
    if (kind === "within") return `within ${span(Number(first))}`;
    if (kind === "record") return `a record at least ${first}`;
    return kind === "suspend" ? "that the agent is suspended" : text;
  });
  return told.length === 0 ? "-" : told.join(", ");
}

function verdictOf(action: JsonObject, style: Style): string {
  const verdict = shown(action.verdict);
  const by = shown(action.by);
  const paint = verdict === "deny" ? style.bad : verdict === "defer" ? style.warn : style.good;
  return `${paint(verdict)}${by === "-" ? "" : ` by ${by}`}`;
}

/** Ids of the rules that matched; a record of rules themselves holds more than ids. */
function rulesOf(rules: JsonValue | undefined, branches: JsonValue | undefined): string {
  if (!Array.isArray(rules)) return shown(rules);
  if (rules.length === 0) return "none";
  const of = Array.isArray(branches) ? (branches as readonly JsonValue[]) : [];
  const named = (rules as readonly JsonValue[]).map((rule, at) => {
    const id = shown(objectOf(rule).id ?? rule);
    return of[at] === undefined ? id : `${id} (${shown(of[at])})`;
  });
  return shown(named);
}

const outcomes: Readonly<Record<string, string>> = {
  refused: "refused: it never ran",
  pending: "pending: it waits for a person and has not run",
  unknown: "unknown: it was about to run, and no outcome was recorded",
};

function outcomeOf(action: JsonObject, style: Style): string {
  const outcome = shown(action.outcome);
  if (outcome === "ok") return style.good(outcome);
  const last = shown(objectsOf(action.answers).at(-1)?.verdict);
  if (outcome === "pending" && last === "approve") return style.warn("approved by now: it has not run");
  if (outcome === "pending" && last === "deny") return style.bad("denied: it never ran");
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
