/** Shows `chain.verify`: the verdict first, then what was read, then each fault. */
import type { View } from "../commands/command.ts";
import { view as bundleView } from "./bundle-verify.ts";
import { view as consistencyView } from "./consistency-verify.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFields, renderTable } from "./table.ts";

const assurances: Readonly<Record<string, string>> = {
  linked: "each event follows from the one before it",
  signed: "linked, and signed by the chain's keys",
  pinned: "signed, and the head that was given is in it",
  complete: "signed, and its end is the head that was given",
};

const comparisons: Readonly<Record<string, string>> = {
  "not-given": "not compared: those that the chain names itself",
  same: "compared: those that were given are the chain's",
  other: "compared: those that were given are not the chain's",
};

export const view: View = (result, context) => {
  const report = objectOf(result);
  if (report.bundle === true) return bundleView(result, context);
  if (report.consistency === true) return consistencyView(result, context);
  const { style, typed } = context;
  const valid = report.valid === true;
  const assurance = shown(report.assurance);
  const meaning = assurances[assurance];
  const fields: [string, string][] = [
    ["events", shown(report.events)],
    ["head", shown(report.head)],
    ["assurance", meaning === undefined ? assurance : `${assurance}: ${meaning}`],
    ["tail", shown(report.tail)],
    ["keys", comparisons[shown(report.keys)] ?? shown(report.keys)],
    ["checkpoint", `covers ${shown(report.checkpoint)} events`],
  ];
  const verdict = `the chain is ${valid ? style.good("VALID") : style.bad("INVALID")}`;
  const lines = [verdict, renderFields(fields, style.faint)];
  const faults = objectsOf(report.faults);
  if (faults.length > 0) {
    const columns = [
      { title: "FAULT" },
      { title: "EVENT", align: "right" as const },
      { title: "FILE" },
      { title: "BYTE", align: "right" as const },
      { title: "WHAT IS WRONG" },
    ];
    const rows = faults.map((fault) => [
      style.bad(shown(fault.code)),
      shown(fault.sequence),
      shown(fault.file),
      shown(fault.offset),
      shown(fault.reason),
    ]);
    lines.push("", renderTable(columns, rows, style.strong));
    const count = numberOf(report.faultCount) ?? faults.length;
    if (count > faults.length) lines.push(`and ${count - faults.length} more`);
  }
  if (valid && (assurance === "signed" || assurance === "linked")) {
    lines.push("", style.faint("whoever holds the keys could have rewritten all of it: keep the head elsewhere, then"));
    lines.push(typed(`chain verify --head ${shown(report.head)}`));
  }
  return lines.join("\n");
};
