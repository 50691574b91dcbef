/** Shows what rules want the caller to know, beside the result: on stderr, so that `--json` on stdout stays one value. */
import { hangAll } from "./fold.ts";
import { printable } from "./printable.ts";
import { styleFor } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/** Writes a line for each warning. */
export function showWarnings(warnings: readonly string[], terminal: Pick<Terminal, "err" | "color" | "width">): void {
  const style = styleFor(terminal);
  for (const warning of warnings) {
    const line = `${style.warn("warning:")} ${printable(warning)}`;
    terminal.err.write(`${hangAll(line, terminal.width, "weaver")}\n`);
  }
}
