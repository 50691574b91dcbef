/** Shows `kernel.logs`, oldest first. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import type { Style } from "./style.ts";
import { pad } from "./table.ts";
import { timeOfDay } from "./time.ts";

export const view: View = (result, { style }) => {
  const events = objectsOf(objectOf(result).events);
  if (events.length === 0) return "no lines";
  return events
    .map((event) => {
      const level = shown(event.level);
      return [
        style.faint(timeOfDay(numberOf(event.time) ?? Number.NaN)),
        paintOf(level, style)(pad(level, 5)),
        style.strong(pad(shown(event.source), 10)),
        shown(event.message),
      ].join("  ");
    })
    .join("\n");
};

function paintOf(level: string, style: Style): (text: string) => string {
  if (level === "error") return style.bad;
  if (level === "warn") return style.warn;
  return style.faint;
}
