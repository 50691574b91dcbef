/** Keeps the host's program alive when code inside it, such as an inline agent, lets a promise fail unhandled. Only on request. */

/**
 * Tells of each promise that failed and that nobody handled, in place of Node's ending the program.
 *
 * @returns a function that takes the handler away
 */
export function onHostRejections(tell: (reason: string) => void): () => void {
  const handle = (reason: unknown): void => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    tell(text.slice(0, MAX_REASON_LENGTH));
  };
  process.on("unhandledRejection", handle);
  return () => void process.off("unhandledRejection", handle);
}

const MAX_REASON_LENGTH = 2000;
