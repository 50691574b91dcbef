/** Puts a text into a file that must not exist yet. */
import { writeFile } from "node:fs/promises";
import { UsageError } from "../failure/usage-error.ts";

/** Writes the file, readable by its owner. @throws `API_USAGE` when it cannot be made */
export async function saveNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    throw new UsageError(
      `--output cannot be written: ${reason}`,
      "name a file that does not exist, in a folder that does",
    );
  }
}
