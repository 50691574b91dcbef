/** Shows `chain.rotate-keys`. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style, typed }) => {
  const rotated = objectOf(result);
  const [classic, quantum] = objectsOf(rotated.keys);
  const fields: [string, string][] = [
    ["since", `event ${shown(rotated.sequence)}, signed by the keys before`],
    ["Ed25519", `${style.strong(shown(classic?.id))}, the id of the node`],
    ["ML-DSA-65", style.strong(shown(quantum?.id))],
    ["next", `${typed("chain keys list --json")} > keys.json, to keep elsewhere`],
  ];
  return `${style.good("new keys are in force; the seeds of the old ones are gone")}\n${renderFields(fields, style.faint)}`;
};
