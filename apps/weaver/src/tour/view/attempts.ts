/** One attempt of the assistant and what the kernel said, in two lines. */
import { printable } from "../../view/printable.ts";
import type { Style } from "../../view/style.ts";
import { pad } from "../../view/table.ts";
import type { Attempt } from "../attack/attempt.ts";

const VERDICT_COLUMNS = 10;

export function renderAttempt(style: Style, attempt: Attempt): string {
  const what = style.strong(printable(attempt.what));
  if (attempt.verdict === "done") return `${style.bad(pad("done", VERDICT_COLUMNS))}${what}`;
  const denied = attempt.verdict === "deny";
  const word = denied ? style.bad(pad("refused", VERDICT_COLUMNS)) : style.warn(pad("deferred", VERDICT_COLUMNS));
  const by = denied && attempt.by === "capability" ? "by capability" : `by rule ${attempt.rule ?? "-"}`;
  return `${word}${what}\n${" ".repeat(VERDICT_COLUMNS)}${style.faint(`${by}: ${printable(attempt.reason)}`)}`;
}
