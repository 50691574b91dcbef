/** Reads the beginning of a stream and lets go of the rest. */

/**
 * Reads at most `limit` bytes.
 *
 * @returns the bytes, and whether the stream had more
 */
export async function readStart(
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<{ readonly data: Uint8Array; readonly truncated: boolean }> {
  if (stream === null) return { data: new Uint8Array(0), truncated: false };
  const reader = stream.getReader();
  const data = new Uint8Array(limit);
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { data: data.subarray(0, at), truncated: false };
    const room = limit - at;
    data.set(value.subarray(0, room), at);
    at += Math.min(room, value.length);
    if (value.length > room) {
      await reader.cancel();
      return { data, truncated: true };
    }
  }
}
