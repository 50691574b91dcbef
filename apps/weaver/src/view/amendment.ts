/** Shows an amendment, or the version of the law that it became. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { conditionLines, ruleHead } from "./rule-text.ts";
import { renderFields } from "./table.ts";

/** An act that nobody might do any more, by which rules, and where. */
export function lockText({ action, rules, environments, always }: JsonObject): string {
  return `${shown(action)}: denied by ${Array.isArray(rules) && rules.length > 0 ? shown(rules) : "the threshold"} ${always === true ? "for good" : `in ${shown(environments)}`}`;
}

export const view: View = (result, { style, typed }) => {
  const one = objectOf(result);
  if (one.digest !== undefined) {
    return `${style.good(`version ${shown(one.number)} is the law`)}: ${shown(one.rules)} rules, signed by ${shown(one.signedBy)}\n${style.faint(`law ${shown(one.digest)}`)}`;
  }
  // `amendment.show` gives the amendment whole, the others a summary of it.
  const inner = objectOf(one.amendment);
  const rules = objectsOf(inner.set).map((rule) =>
    [ruleHead(rule), ...conditionLines(rule).map((line) => `  ${line}`)].join("\n"),
  );
  const id = shown(one.id);
  const short = id.slice(0, 16);
  const loosens = objectsOf(one.loosens).map((each) => `${shown(each.rule)}: ${shown(each.why)}`);
  const locks = objectsOf(one.locks).map(lockText);
  const signers = objectsOf(one.signatures).map((each) => shown(each.principal));
  const rehearsal = objectOf(one.rehearsal);
  const fields: [string, string][] = [
    ["amendment", style.strong(id)],
    ["state", one.state === "enacted" ? style.good("enacted") : style.warn(shown(one.state))],
    ["version", shown(one.number ?? inner.number)],
    ["by", shown(one.by)],
    ["why", shown(one.reason ?? inner.reason)],
    ["sets", rules.length > 0 ? rules.join("\n") : shown(one.set)],
    ["drops", shown(one.drop ?? inner.drop)],
    ["loosens", loosens.length === 0 ? "nothing" : style.warn(loosens.join("\n"))],
    ...(locks.length === 0 ? [] : [["locks", style.warn(locks.join("\n"))] as [string, string]]),
    [
      "rehearsed",
      rehearsal.decisions === undefined
        ? "no"
        : `${shown(rehearsal.decisions)} decisions, ${shown(rehearsal.changes)} would change`,
    ],
    ["signed", `${signers.length} of ${shown(one.quorum)}${signers.length === 0 ? "" : `: ${signers.join(", ")}`}`],
  ];
  if (one.barred === true)
    fields.push([
      "barred",
      style.bad("the genesis of this chain lets its law only be tightened: it can never be enacted"),
    ]);
  else if (one.locksForGood === true)
    fields.push(["barred", style.bad("it forbids amending for good, so that nobody could ever take it back")]);
  else if (one.state === "proposed") {
    const next = [
      ...(inner.set === undefined ? ["show"] : []),
      ...(rehearsal.decisions === undefined ? ["rehearse"] : []),
      ...(signers.length < (numberOf(one.quorum) ?? 1) ? ["sign"] : []),
      "enact",
    ];
    const said = (words: string): string => (words === "enact" && locks.length > 0 ? `${short} --locks` : short);
    fields.push(["next", next.map((words) => typed(`governance amend ${words} ${said(words)}`)).join("\n")]);
  }
  return renderFields(fields, style.faint);
};
