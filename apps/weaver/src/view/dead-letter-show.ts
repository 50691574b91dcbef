/** Shows `ipc.dead-letters.show`: one letter with what was sent. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, shown } from "./fields.ts";
import { senderOf, targetOf } from "./message-target.ts";
import { printable } from "./printable.ts";
import { instant } from "./time.ts";

export const view: View = (result, { style }) => {
  const letter = objectOf(result);
  // A topic's message died in one of its mailboxes; a replay goes there.
  const apart = letter.pid !== undefined && objectOf(letter.target).kind !== "process";
  const missedBy = apart ? `process ${shown(letter.pid)}` : undefined;
  const facts: readonly (readonly [string, string])[] = [
    ["letter", shown(letter.id)],
    ["reason", shown(letter.reason)],
    ["from", senderOf(letter)],
    ["to", targetOf(letter.target)],
    ...(missedBy === undefined ? [] : ([["missed", `by ${missedBy}`]] as const)),
    ["sent", instant(numberOf(letter.sentAt) ?? Number.NaN)],
    ["died", instant(numberOf(letter.at) ?? Number.NaN)],
    ["trace", shown(letter.trace)],
    ["replays", shown(letter.replays)],
    ["kind", `${shown(letter.kind)}, ${shown(letter.bytes)} bytes`],
  ];
  const head = facts.map(([name, value]) => `${style.faint(name.padEnd(8))} ${value}`).join("\n");
  if (letter.kept !== true) return `${head}\n\nwhat was sent was not kept`;
  const { payload } = letter;
  const text = typeof payload === "string" ? payload : JSON.stringify(payload ?? null, null, 2);
  return `${head}\n\n${printable(text, { lines: true })}`;
};
