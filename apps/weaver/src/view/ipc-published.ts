/** Shows `ipc.publish`: how many got the message. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, shown } from "./fields.ts";

export const view: View = (result, { style }) => {
  const { delivered, refused } = objectOf(result);
  const missed = numberOf(refused) ?? 0;
  const got = numberOf(delivered) === 1 ? "1 subscriber" : `${shown(delivered)} subscribers`;
  if (numberOf(delivered) === 0 && missed === 0) return "nobody subscribes to that topic";
  return missed === 0 ? `delivered to ${got}` : `delivered to ${got}, ${style.bad(`${missed} could not take it`)}`;
};
