/** Shows the state of a process, and of an exited one why. */
import type { JsonObject } from "@weftos/interface";
import { objectOf, shown } from "./fields.ts";
import type { Style } from "./style.ts";

/** Gives `running`, `exited (crash: boom)` and the like. */
export function processStateText(process: JsonObject, style: Style): string {
  const state = shown(process.state);
  if (state === "running") return style.good(state);
  if (state !== "exited") return style.warn(state);
  const exit = objectOf(process.exit);
  const kind = shown(exit.kind);
  const why = kind === "crash" ? `crash: ${shown(exit.error)}` : kind;
  return kind === "normal" ? style.faint(`exited (${why})`) : style.bad(`exited (${why})`);
}
