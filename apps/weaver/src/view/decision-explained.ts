/** Shows why a decision was made, and what would have changed it. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import type { Style } from "./style.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style }) => {
  const whole = objectOf(result);
  const decision = objectOf(whole.decision);
  const request = objectOf(decision.request);
  const subject = objectOf(request.subject);
  const verdict = shown(decision.verdict);
  const paint = verdict === "deny" ? style.bad : verdict === "defer" ? style.warn : style.good;
  const fields: [string, string][] = [
    ["who", `${shown(decision.agent ?? subject.kind)} (${shown(subject.kind)}:${shown(subject.id)})`],
    ["what", `${style.strong(shown(request.action))} on ${shown(request.resource)}`],
    [
      "decided",
      decision.ran === true && verdict === "defer"
        ? `${style.good("permit")}: ${shown(decision.reason)}; the rules alone: ${verdict}`
        : `${paint(verdict)}: ${shown(decision.reason)}`,
    ],
    [
      "magnitude",
      `${Number(whole.magnitude).toFixed(3)}, threshold ${shown(whole.threshold)} of ${shown(whole.environment)}`,
    ],
    ["policy", policyText(objectOf(whole.judgedBy), style)],
  ];
  for (const rule of objectsOf(whole.rules)) fields.push([shown(rule.id), ruleText(rule, style)]);
  const gone = shown(whole.gone);
  if (gone !== "-") fields.push(["gone since", gone]);
  const otherwise = Array.isArray(whole.otherwise) ? whole.otherwise.map((one) => shown(one)) : [];
  fields.push(["otherwise", otherwise.length === 0 ? "no single change would have changed it" : otherwise.join("\n")]);
  return renderFields(fields, style.faint);
};

/** Says which rules are shown: those that decided, or those of now. */
function policyText(judged: JsonObject, style: Style): string {
  const version = judged.version === 0 ? "the genesis" : `version ${shown(judged.version)} of the law`;
  if (judged.policy !== "then")
    return style.warn(`the chain does not say the one of then whole: shown is the one in force now, ${version}`);
  const since = `${version}, in force since event ${shown(judged.since)}`;
  return judged.inForce === true ? `${since} and still` : `${since}, and no more`;
}

function ruleText(rule: JsonObject, style: Style): string {
  const head = `${shown(rule.outcome)} (${shown(rule.branch)}, ${shown(rule.severity)})${rule.decisive === true ? style.strong(" decides") : ""}`;
  const parts = objectsOf(rule.parts).map((part) => {
    const held = part.holds === true ? "holds" : part.holds === false ? "does not hold" : "cannot be told afterwards";
    return `  ${shown(part.part)} ${shown(part.wanted)}: had ${shown(part.had)}, ${held}`;
  });
  return [`${head}: ${shown(rule.description)}`, ...parts].join("\n");
}
