/** Asks a person for a line. */
import { createInterface } from "node:readline/promises";
import type { Terminal } from "../view/terminal.ts";

/** Asks until an answer will do; undefined when the person ends the question with Ctrl-C or Ctrl-D. */
export async function askLine<T>(
  { input, err }: Pick<Terminal, "input" | "err">,
  question: string,
  read: (answer: string) => T | undefined,
): Promise<T | undefined> {
  const asking = createInterface({ input, output: err });
  const ended = new AbortController();
  asking.once("close", () => ended.abort());
  asking.once("SIGINT", () => asking.close());
  try {
    for (;;) {
      const found = read(await asking.question(question, { signal: ended.signal }));
      if (found !== undefined) return found;
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
    err.write("\n");
    return undefined;
  } finally {
    asking.close();
  }
}
