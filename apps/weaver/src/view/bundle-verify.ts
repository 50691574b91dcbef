/** Shows `chain verify --bundle`: the verdict, the event, and what the verdict rests on. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";
import { invalidProof, validProof } from "./proof-verdict.ts";

const MAX_PAYLOAD_CHARACTERS = 400;

function shortened(text: string): string {
  return text.length <= MAX_PAYLOAD_CHARACTERS
    ? text
    : `${text.slice(0, MAX_PAYLOAD_CHARACTERS)}… (all of it with --json)`;
}

const MORE = "anybody can make keys: give --keys, --checkpoint or --head, kept elsewhere, to know whose they are";

export const view: View = (result, { style }) => {
  const report = objectOf(result);
  if (report.valid !== true) return invalidProof(report, style);
  const event = objectOf(report.event);
  const checkpoint = objectOf(report.checkpoint);
  const payload = report.payload;
  const pinned = report.assurance === "pinned";
  const fields: [string, string][] = [
    ["event", `${shown(event.sequence)} ${shown(event.kind)} of ${shown(event.source)}`],
    ["time", shown(event.time)],
    ["payload", payload === "shown" ? shortened(shown(JSON.stringify(event.payload))) : shown(payload)],
    ["chain", shown(report.chainId)],
    ["checkpoint", `covers ${shown(checkpoint.size)} events, head ${shown(checkpoint.head)}`],
    ["assurance", pinned ? "pinned: it is of what was given from elsewhere" : "signed: by the keys that came with it"],
  ];
  return validProof(fields, pinned ? undefined : MORE, style);
};
