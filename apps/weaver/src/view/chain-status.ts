/** Shows `chain.status`, of a running kernel and of the files alone. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style }) => {
  const status = objectOf(result);
  const fields: [string, string][] = [
    ["sequence", shown(status.sequence)],
    ["head", style.strong(shown(status.head))],
    ["events", shown(status.events)],
    ["checkpoint", `covers ${shown(status.checkpoint)} events`],
    ["digests", `${shown(status.digests)} small acts, in Merkle trees`],
    ["chain id", shown(status.chainId)],
  ];
  if (status.tail !== undefined) fields.push(["tail", shown(status.tail)]);
  const { chain, size } = objectOf(status.continues);
  if (chain !== undefined)
    fields.push(["continues", `chain ${shown(chain)}, of which ${shown(size)} events were good`]);
  if (status.writable === false) fields.push(["not writable", style.bad(shown(status.error))]);
  return renderFields(fields, style.faint);
};
