/** Shows the state of a process, and of an exited one why. */
import type { JsonObject } from "@weftos/interface";
import { objectOf, shown } from "./fields.ts";
import type { Style } from "./style.ts";

/** Characters of a crash's message that a column shows. */
const CRASH_SHOWN = 120;

/** Gives `running`, `exited` and the like, for a column. */
export function stateText(process: JsonObject, style: Style): string {
  const state = shown(process.state);
  if (state === "running") return style.good(state);
  if (state !== "exited") return style.warn(state);
  return objectOf(process.exit).kind === "normal" ? style.faint(state) : style.bad(state);
}

/** Gives `crash: boom` and the like, plain, for a column; nothing for one that lives. */
export function exitText(process: JsonObject): string {
  return process.state === "exited" ? reasonOf(objectOf(process.exit), CRASH_SHOWN) : "";
}

/** Gives the state with the whole reason of an exit: `exited (crash: boom)`. */
export function processStateText(process: JsonObject, style: Style): string {
  if (process.state !== "exited") return stateText(process, style);
  const exit = objectOf(process.exit);
  const text = `exited (${reasonOf(exit, Number.POSITIVE_INFINITY)})`;
  return exit.kind === "normal" ? style.faint(text) : style.bad(text);
}

function reasonOf({ kind, error, limit, cause }: JsonObject, most: number): string {
  const more =
    kind === "crash" ? shown(error) : kind === "limit" ? shown(limit) : cause === undefined ? "" : shown(cause);
  const cut = more.length > most ? `${more.slice(0, most)}…` : more;
  return cut === "" ? shown(kind) : `${shown(kind)}: ${cut}`;
}
