/** The end of a turn of the thread: no timer and no clock, so that it comes to a test with a manual clock too. */

/** Calls back when all that waited at the ports and sockets of this thread was heard. */
export function nextTurn(callback: () => void): void {
  // biome-ignore lint/style/noRestrictedGlobals: it measures no time.
  setImmediate(callback);
}
