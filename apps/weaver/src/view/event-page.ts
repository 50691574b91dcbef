/** Shows `chain.query`: a page of events, and where the next begins. */
import type { View } from "../commands/command.ts";
import { view as eventList } from "./event-list.ts";
import { objectOf } from "./fields.ts";

export const view: View = (result, context) => {
  const { next } = objectOf(result);
  const table = eventList(result, context);
  return typeof next === "number" ? `${table}\nthere may be more: the same with --cursor ${next}` : table;
};
