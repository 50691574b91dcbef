// Appends to a file and brings it to the disk, the sync asked for together with the write: calls of one file are done in
// their order, and a round trip through the event loop between the two would only cost time.
import type { AppendFile } from "@weftos/interface";

/** Appends chunks as one write, and syncs. Both have ended when it settles, also when one fails. */
export async function writeSynced(file: AppendFile, chunks: readonly Uint8Array[]): Promise<void> {
  const outcomes = await Promise.allSettled([file.write(joined(chunks)), file.sync()]);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

/** Gives the bytes of chunks together. */
export function lengthOf(chunks: readonly Uint8Array[]): number {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  return length;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  const bytes = new Uint8Array(lengthOf(chunks));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
