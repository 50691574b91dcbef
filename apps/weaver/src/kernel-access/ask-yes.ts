/** Asks a person before something that cannot be undone. Without a terminal nobody can be asked, and nothing happens. */
import type { Invocation } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";
import { askLine } from "./ask-line.ts";

/**
 * Tells whether to go on: `--yes` was given, or a person said yes.
 *
 * @throws `API_USAGE` when nobody can be asked
 */
export async function askYes(question: string, { values, terminal }: Invocation): Promise<boolean> {
  if (values.yes === true) return true;
  if (!terminal.isInteractive) throw new UsageError("nobody can be asked here", "add --yes to do it without asking");
  return (await askLine(terminal, `${question}\nGo on? [y/N] `, (answer) => /^\s*y(es)?\s*$/i.test(answer))) === true;
}
