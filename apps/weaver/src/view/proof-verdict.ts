/** Shows the verdict over a proof: what is wrong with it, or what it says, and what would make it say more. */
import type { JsonObject } from "@weftos/interface";
import { shown } from "./fields.ts";
import type { Style } from "./style.ts";
import { renderFields } from "./table.ts";

/** Renders an invalid proof. */
export function invalidProof(report: JsonObject, style: Style): string {
  const fields: [string, string][] = [
    ["fault", shown(report.code)],
    ["reason", shown(report.reason)],
  ];
  return `the proof is ${style.bad("INVALID")}\n${renderFields(fields, style.faint)}`;
}

/** Renders a valid one. @param more - what to give so that it rests on more than itself */
export function validProof(
  fields: readonly (readonly [string, string])[],
  more: string | undefined,
  style: Style,
): string {
  const lines = [`the proof is ${style.good("VALID")}`, renderFields(fields, style.faint)];
  return [...lines, ...(more === undefined ? [] : ["", style.faint(more)])].join("\n");
}
