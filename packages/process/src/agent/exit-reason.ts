/** Says why code ended, in the form that the table and the record keep. */
import type { ExitReason } from "@weftos/interface";
import { readThrown } from "./thrown.ts";

const MAX_MESSAGE = 1000;

/** The reason of code that threw: its message and code, never its stack. */
export function crashOf(error: unknown): ExitReason {
  const { message, code } = readThrown(error);
  return { kind: "crash", error: message.slice(0, MAX_MESSAGE), code };
}

/** An end that somebody waits for. */
export interface AwaitedExit {
  readonly promise: Promise<ExitReason>;
  readonly resolve: (reason: ExitReason) => void;
}

/** Makes the promise of an end, or of one that was: only where it is asked for, as of most agents nobody waits for the end. */
export function awaitExit(known: ExitReason | undefined): AwaitedExit {
  let resolve: (reason: ExitReason) => void = () => undefined;
  const promise = new Promise<ExitReason>((settle) => {
    resolve = settle;
  });
  if (known !== undefined) resolve(known);
  return { promise, resolve };
}
