// Shortens files of the chain, durably.
import type { Files } from "@weftos/interface";

/** Cuts a file to a length; a file that should hold nothing is removed. */
export async function cut(files: Files, path: string, bytes: number): Promise<void> {
  const stat = await files.stat(path);
  if (stat === undefined) return;
  if (bytes === 0) return await files.remove(path);
  // A failed write may have left bytes that the size does not count: the handle is cut even at its own length.
  const file = await files.openAppend(path);
  try {
    await file.truncate(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes a file, if there is one. */
export async function removeIfThere(files: Files, path: string): Promise<void> {
  if ((await files.stat(path)) !== undefined) await files.remove(path);
}
