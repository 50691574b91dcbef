// Appends to a file and brings it to the disk, the sync asked for together with the write: calls of one file are done in
// their order, and a round trip through the event loop between the two would only cost time.
import type { AppendFile } from "@weftos/interface";
import { joined } from "../format/chunks.ts";

/** Appends chunks as one write, and syncs. Both have ended when it settles, also when one fails. */
export async function writeSynced(file: AppendFile, chunks: readonly Uint8Array[]): Promise<void> {
  const outcomes = await Promise.allSettled([file.write(joined(chunks)), file.sync()]);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
