/** Where a command reads and writes, so that tests and the tour need no real terminal. */

/** The streams of one run and what they can show. */
export interface Terminal {
  /** Takes the result, and nothing else. */
  readonly out: NodeJS.WritableStream;
  /** Takes errors, warnings and progress. */
  readonly err: NodeJS.WritableStream;
  readonly input: NodeJS.ReadableStream;
  /** Whether a person can be asked: input and output are terminals. */
  readonly isInteractive: boolean;
  /** Whether `out` shows colour. */
  readonly color: boolean;
  /** Columns of `out`; no end where it is no terminal: what other programs read is not cut. */
  readonly width: number;
}

const DEFAULT_WIDTH = 80;
const LEAST_WIDTH = 40;

/** What of `process` a terminal is made from. */
export interface TerminalHost {
  /** Some that are made by programs tell 0 columns. */
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Describes the streams of a process. Colour needs a terminal, no `NO_COLOR` (https://no-color.org) and no `TERM=dumb`. */
export function openTerminal({ stdout, stderr, stdin, env }: TerminalHost): Terminal {
  const onTerminal = stdout.isTTY === true;
  return {
    out: stdout,
    err: stderr,
    input: stdin,
    isInteractive: onTerminal && stdin.isTTY === true,
    color: onTerminal && !env.NO_COLOR && env.TERM !== "dumb",
    width: onTerminal ? Math.max(stdout.columns || DEFAULT_WIDTH, LEAST_WIDTH) : Number.POSITIVE_INFINITY,
  };
}
