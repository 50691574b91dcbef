/** Shows what differs between two laws. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { conditionLines, ruleHead } from "./rule-text.ts";

export const view: View = (result, { style }) => {
  const diff = objectOf(result);
  const loosens = new Map(objectsOf(diff.loosens).map((one) => [shown(one.rule), shown(one.why)]));
  const lines: string[] = [];
  const note = (id: string): string => (loosens.has(id) ? style.warn(`  loosens: ${loosens.get(id)}`) : "");
  for (const [sign, rules] of [
    [style.good("+"), diff.added],
    [style.bad("-"), diff.removed],
  ] as const) {
    for (const rule of objectsOf(rules)) {
      lines.push(`${sign} ${ruleHead(rule)}${note(shown(rule.id))}`);
      lines.push(...conditionLines(rule).map((line) => `    ${line}`));
    }
  }
  for (const rule of objectsOf(diff.changed)) {
    lines.push(`${style.warn("~")} ${shown(rule.id)}${note(shown(rule.id))}`);
    for (const part of objectsOf(rule.parts)) {
      lines.push(`    ${shown(part.part)}: ${shown(part.before)} → ${shown(part.after)}`);
    }
  }
  if (lines.length === 0) return "they are the same";
  return [...lines, style.faint(`from ${shown(diff.from).slice(0, 16)} to ${shown(diff.to).slice(0, 16)}`)].join("\n");
};
