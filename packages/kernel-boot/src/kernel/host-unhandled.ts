/**
 * Keeps the host's program alive when code inside it, such as an inline agent, lets a promise fail unhandled, or throws where
 * nobody can catch it: in a timer, in a listener. Only on request. What threw is left halfway; the kernel itself throws nothing there.
 */

/**
 * Tells of each error that nobody handled, in place of Node's ending the program.
 *
 * @returns a function that takes the handlers away
 */
export function onHostUnhandled(tell: (what: string) => void): () => void {
  const handle =
    (what: string) =>
    (reason: unknown): void => {
      const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
      tell(`${what}: ${text.slice(0, MAX_REASON_LENGTH)}`);
    };
  const rejected = handle("a promise failed unhandled");
  const thrown = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void => {
    if (origin === "uncaughtException") handle("an error was thrown that nobody caught")(error);
  };
  process.on("unhandledRejection", rejected);
  process.on("uncaughtException", thrown);
  return () => {
    process.off("unhandledRejection", rejected);
    process.off("uncaughtException", thrown);
  };
}

const MAX_REASON_LENGTH = 2000;
