/** Shows `governance.rules`: a line for each, or one of them whole. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { conditionLines, outcomeText } from "./rule-text.ts";
import { cut, renderFields, renderTable } from "./table.ts";

/** From here on there is room for the branch. */
const WIDE = 110;
const ACTIONS_WIDTH = 24;
/** What is left for the description on a narrow terminal. */
const LEAST_WIDTH = 24;

export const view: View = (result, { style, width, typed }) => {
  const whole = objectOf(result);
  const rules = objectsOf(whole.rules);
  const [only] = rules;
  const policy = shown(objectOf(whole.policy).digest);
  if (whole.rule !== null && whole.rule !== undefined && only !== undefined) {
    const fields: [string, string][] = [
      ["rule", style.strong(shown(only.id))],
      ["says", shown(only.description)],
      ["outcome", outcomeText(only)],
      ["severity", shown(only.severity)],
      ["branch", shown(only.branch)],
      ["matches", conditionLines(only).join("\n")],
      ["category", shown(only.sopCategory)],
      ["reference", shown(only.referenceUrl)],
      ["policy", policy],
    ];
    return renderFields(
      fields.filter(([, value]) => value !== "-"),
      style.faint,
    );
  }
  const narrow = width < WIDE;
  const titles = ["RULE", ...(narrow ? [] : ["BRANCH"]), "OUTCOME", "ACTIONS", "WHAT IT SAYS"];
  const columns = titles.map((title) => ({ title }));
  const rows = rules.map((rule) => rowOf(rule, narrow));
  const taken = columns
    .slice(0, -1)
    .reduce((sum, { title }, at) => sum + 2 + Math.max(title.length, ...rows.map((row) => (row[at] ?? "").length)), 0);
  const room = Math.max(LEAST_WIDTH, width - taken);
  const shownRows = rows.map(([id = "", ...rest]) => [
    style.strong(id),
    ...rest.slice(0, -1),
    cut(rest.at(-1) ?? "", room),
  ]);
  return `${renderTable(columns, shownRows, style.strong)}\n\n${style.faint("policy")} ${policy}\n${style.faint("one whole:")} ${typed("governance rules <rule>")}`;
};

function rowOf(rule: JsonObject, narrow: boolean): readonly string[] {
  const outcome = shown(objectOf(rule.outcome).kind);
  return [
    shown(rule.id),
    ...(narrow ? [] : [shown(rule.branch)]),
    rule.stay !== undefined
      ? `${outcome} (stayed)`
      : rule.active === false
        ? `${outcome} (off)`
        : rule.severity === "advisory"
          ? "record"
          : rule.severity === "critical"
            ? "deny, suspend"
            : outcome,
    cut(shown(objectOf(rule.condition).actions), ACTIONS_WIDTH),
    shown(rule.description),
  ];
}
