/** Shows events as they come: a line each, of widths that do not depend on what comes later. */
import type { View } from "../commands/command.ts";
import { detailOf, whoOf } from "./event-list.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { cut, displayWidth } from "./table.ts";
import { instant } from "./time.ts";

const LEAST_DETAIL = 24;
const MOST_DETAIL = 240;
const SEQUENCE_WIDTH = 7;

export const view: View = (result, { style, width }) =>
  objectsOf(objectOf(result).events)
    .map((event) => {
      const sequence = shown(event.sequence).padStart(SEQUENCE_WIDTH);
      const time = instant(numberOf(event.time) ?? Number.NaN);
      const kind = shown(event.kind);
      const head = `${sequence}  ${time}  ${kind}  ${whoOf(objectOf(event.actor))}  `;
      const detail = event.redacted === true ? "(redacted)" : detailOf(objectOf(event.payload));
      const room = Math.min(Math.max(width - displayWidth(head), LEAST_DETAIL), MOST_DETAIL);
      return head.replace(kind, () => style.strong(kind)) + cut(detail, room);
    })
    .join("\n");
