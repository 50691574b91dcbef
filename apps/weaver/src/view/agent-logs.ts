/** Shows `agent.logs`, oldest first; nothing where there are no lines. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { pad } from "./table.ts";
import { timeOfDay } from "./time.ts";

export const view: View = (result, { style }) =>
  objectsOf(objectOf(result).lines)
    .map((line) => {
      const level = shown(line.level);
      const paint = level === "error" ? style.bad : level === "warn" ? style.warn : style.faint;
      return [
        style.faint(timeOfDay(numberOf(line.time) ?? Number.NaN)),
        paint(pad(level, 5)),
        style.strong(`${shown(line.agent)}[${shown(line.pid)}]`),
        shown(line.message),
      ].join("  ");
    })
    .join("\n");
