/** Writes a rule for people: what it wants, and of what, a line for each part of its condition. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import { numberOf, objectOf, shown } from "./fields.ts";
import { instant, span } from "./time.ts";

/** Writes one line: id, outcome, branch, severity, description. */
export function ruleHead(rule: JsonObject): string {
  const { id, branch, severity, description } = rule;
  return `${shown(id)}: ${outcomeText(rule)} (${shown(branch)}, ${shown(severity)}): ${shown(description)}`;
}

/** Writes what a rule wants: of a question also whom it asks. */
export function outcomeText(rule: JsonObject): string {
  const outcome = objectOf(rule.outcome);
  const off =
    rule.stay !== undefined ? `, ${stayText(objectOf(rule.stay))}` : rule.active === false ? ", switched off" : "";
  if (outcome.kind !== "defer") return `${shown(outcome.kind)}${off}`;
  return `defer to ${askedText(outcome)}${off}`;
}

/** Writes who holds a permit back, why, and of which finding. */
function stayText({ by, reason, at, finding }: JsonObject): string {
  const since = numberOf(at);
  const when = since === undefined ? "" : ` since ${instant(since)}`;
  const cited = finding === undefined || finding === null ? "" : ` (finding ${shown(finding)})`;
  return `stayed by ${shown(by)}${when}, until it is lifted: ${shown(reason)}${cited}`;
}

/** Writes who is asked, how many of them, and for how long. */
export function askedText({ quorum, to, approvers, expiresMs }: JsonObject): string {
  const many = (numberOf(quorum) ?? 1) > 1;
  const whom = approvers === undefined ? `of the role ${shown(to)}` : `of ${shown(approvers)}`;
  const within = numberOf(expiresMs);
  return `${many ? `${shown(quorum)} people` : "one person"} ${whom}${within === undefined ? "" : ` within ${span(within)}`}`;
}

/** Writes the parts of a rule's condition; all of them must hold. */
export function conditionLines(rule: JsonObject): readonly string[] {
  const lines = Object.entries(objectOf(rule.condition)).flatMap(([part, wanted]) =>
    part === "subjects" || part === "attributes"
      ? Object.entries(objectOf(wanted)).map(([name, one]) => `${part}.${name} ${wantedText(one)}`)
      : [`${part} ${wantedText(wanted)}`],
  );
  return lines.length === 0 ? ["of everything"] : lines;
}

function wantedText(wanted: JsonValue): string {
  return typeof wanted === "string" || Array.isArray(wanted) ? shown(wanted) : shown(JSON.stringify(wanted));
}
