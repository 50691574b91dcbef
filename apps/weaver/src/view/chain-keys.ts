/** Shows `chain.keys`: ids of keys, and since when they sign. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style, width }) => {
  const history = objectsOf(objectOf(result).history);
  const columns = [
    { title: "SINCE EVENT", align: "right" as const },
    { title: "TIME", rank: 1 },
    { title: "ED25519 (ID OF THE NODE)" },
    { title: "ML-DSA-65", least: 12 },
    { title: "WHY" },
  ];
  return renderFitted(columns, history.map(rowOf), width, style.strong);
};

function rowOf(entry: JsonObject): string[] {
  const [classic, quantum] = objectsOf(entry.keys);
  const time = numberOf(entry.time);
  return [
    shown(entry.sequence),
    instant(time ?? Number.NaN),
    shown(classic?.id),
    shown(quantum?.id),
    entry.reason === null ? "genesis" : shown(entry.reason),
  ];
}
