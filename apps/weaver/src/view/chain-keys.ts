/** Shows `chain.keys`: ids of keys, and since when they sign. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";

export const view: View = (result, { style }) => {
  const history = objectsOf(objectOf(result).history);
  const columns = [
    { title: "SINCE EVENT", align: "right" as const },
    { title: "TIME" },
    { title: "ED25519 (ID OF THE NODE)" },
    { title: "ML-DSA-65" },
    { title: "WHY" },
  ];
  return renderTable(columns, history.map(rowOf), style.strong);
};

function rowOf(entry: JsonObject): string[] {
  const [classic, quantum] = objectsOf(entry.keys);
  const time = numberOf(entry.time);
  return [
    shown(entry.sequence),
    time === undefined ? "" : new Date(time).toISOString(),
    shown(classic?.id),
    shown(quantum?.id),
    entry.reason === null ? "genesis" : shown(entry.reason),
  ];
}
