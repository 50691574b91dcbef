/** Shows messages of a stream as they come: a line each. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { senderOf, targetOf } from "./message-target.ts";
import { timeOfDay } from "./time.ts";

export const view: View = (result, { style }) =>
  objectsOf(objectOf(result).messages)
    .map((message) => {
      const at = timeOfDay(numberOf(message.sentAt) ?? Number.NaN);
      const head = `${style.faint(at)} ${style.strong(targetOf(message.target))} ${style.faint(senderOf(message))}`;
      return `${head} ${shown(message.payload)}`;
    })
    .join("\n");
