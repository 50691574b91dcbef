/** Counts what a folder holds, before it is removed. */
import type { Files } from "@weftos/interface";

/** Beyond this, nothing is counted. */
export const MAX_COUNTED = 100_000;

/**
 * Counts the entries of a folder at all depths, itself included; links are not followed. A folder that cannot be listed counts
 * for one: whether it can be removed is another question.
 *
 * @returns at most {@link MAX_COUNTED}
 * @throws the signal's reason
 */
export async function countEntries(files: Pick<Files, "list">, folder: string, signal: AbortSignal): Promise<number> {
  let count = 1;
  const left = [folder];
  for (let next = left.pop(); next !== undefined && count < MAX_COUNTED; next = left.pop()) {
    signal.throwIfAborted();
    const entries = await files.list(next).catch(() => []);
    count += entries.length;
    for (const { name, kind } of entries) if (kind === "folder") left.push(`${next}/${name}`);
  }
  return Math.min(count, MAX_COUNTED);
}
