/** Shows what the rules would say. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { askedText } from "./rule-text.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style }) => {
  const decision = objectOf(result);
  const verdict = shown(decision.verdict);
  const paint = verdict === "deny" ? style.bad : verdict === "defer" ? style.warn : style.good;
  const rules = objectsOf(decision.rules).map(
    (rule) => `${shown(rule.id)} (${shown(rule.branch)}, ${shown(rule.outcome)})`,
  );
  const fields: [string, string][] = [
    ["would be", paint(verdict)],
    ["why", shown(decision.reason)],
    ["rules", rules.length === 0 ? "none" : rules.join(", ")],
  ];
  if (verdict === "defer") {
    fields.push(["asks", askedText(decision)]);
  }
  if (shown(decision.warnings) !== "-") fields.push(["warnings", style.warn(shown(decision.warnings))]);
  fields.push(["apart", "rights are asked first, and not here: an agent's capabilities, a person's role"]);
  return renderFields(fields, style.faint);
};
