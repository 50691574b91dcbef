// Edits of a chain's files, as `negative.json` writes them down: simple enough for any language.
import { fromHex } from "@weftos/crypto";
import { copyOf, type Snapshot } from "../support/chain-fixture.ts";

export type Edit =
  /** XORs one byte. */
  | { readonly op: "flip"; readonly file: string; readonly at: number; readonly xor: number }
  /** Shortens a file. */
  | { readonly op: "cut"; readonly file: string; readonly length: number }
  /** Removes bytes at an offset, and inserts others. */
  | { readonly op: "put"; readonly file: string; readonly at: number; readonly remove: number; readonly hex: string }
  /** Makes or replaces a file. */
  | { readonly op: "add"; readonly file: string; readonly hex: string }
  | { readonly op: "remove"; readonly file: string };

export function applyEdits(chain: Snapshot, edits: readonly Edit[]): Snapshot {
  const files = copyOf(chain);
  for (const edit of edits) {
    const bytes = files.get(edit.file) ?? new Uint8Array(0);
    if (edit.op === "flip") bytes[edit.at] = (bytes[edit.at] as number) ^ edit.xor;
    else if (edit.op === "cut") files.set(edit.file, bytes.slice(0, edit.length));
    else if (edit.op === "add") files.set(edit.file, fromHex(edit.hex));
    else if (edit.op === "remove") files.delete(edit.file);
    else
      files.set(
        edit.file,
        Uint8Array.of(...bytes.slice(0, edit.at), ...fromHex(edit.hex), ...bytes.slice(edit.at + edit.remove)),
      );
  }
  return files;
}
