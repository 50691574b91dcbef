/** Runs a command line in this process, with streams that are read afterwards. */
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runCommandLine } from "../../../src/commands/run-command-line.ts";

const ENTRY = join(import.meta.dirname, "../../../src/main.ts");

/** What a run gave. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `weaver` with these words as if typed in `folder`. */
export async function runIn(folder: string, ...words: string[]): Promise<Ran> {
  const out = new PassThrough();
  const err = new PassThrough();
  const code = await runCommandLine({
    words,
    terminal: {
      out,
      err,
      input: new PassThrough(),
      isInteractive: false,
      color: false,
      width: Number.POSITIVE_INFINITY,
    },
    host: { version: "1.2.3", entry: ENTRY, typed: "weaver", env: {} },
    folder: () => folder,
    fromClone: true,
  });
  return { code, out: String(out.read() ?? ""), err: String(err.read() ?? "") };
}
