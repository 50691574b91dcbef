/** Shows the state of a process, and of an exited one why. */
import type { JsonObject } from "@weftos/interface";
import { objectOf, shown } from "./fields.ts";
import type { Style } from "./style.ts";

/** Characters of a crash's message that a column shows. */
const CRASH_SHOWN = 60;

/** Gives `running`, `exited (crash: boom)` and the like; `whole` leaves a long message as it is. */
export function processStateText(process: JsonObject, style: Style, whole = false): string {
  const state = shown(process.state);
  if (state === "running") return style.good(state);
  if (state !== "exited") return style.warn(state);
  const exit = objectOf(process.exit);
  const kind = shown(exit.kind);
  const why = reasonOf(exit, whole ? Number.POSITIVE_INFINITY : CRASH_SHOWN);
  return kind === "normal" ? style.faint(`exited (${why})`) : style.bad(`exited (${why})`);
}

function reasonOf({ kind, error, limit, cause }: JsonObject, most: number): string {
  const more =
    kind === "crash" ? shown(error) : kind === "limit" ? shown(limit) : cause === undefined ? "" : shown(cause);
  const cut = more.length > most ? `${more.slice(0, most)}…` : more;
  return cut === "" ? shown(kind) : `${shown(kind)}: ${cut}`;
}
