/** A bar of fixed width that says how much is done. */
import type { Style } from "../../view/style.ts";

const CELLS = 40;

/** Draws the bar with its numbers; the numbers alone carry the meaning. */
export function progressBar(style: Style, done: number, total: number): string {
  const full = total === 0 ? CELLS : Math.floor((CELLS * done) / total);
  const digits = String(total).length;
  const count = `${String(done).padStart(digits)} of ${total} ${total === 1 ? "file" : "files"}`;
  return `${style.good("━".repeat(full))}${style.faint("─".repeat(CELLS - full))}  ${count}`;
}
