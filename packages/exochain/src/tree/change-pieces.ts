// Many changes, cut into what one event of the chain holds.
import { encodeCanonical } from "@weftos/crypto";
import { changeJson, MAX_CHANGES, type TreeChange } from "./tree-change.ts";

/** What the changes of one event take at most; a payload is at most 262 144 bytes. */
const PIECE_BYTES = 131_072;

/** Cuts changes into what events hold. */
export function pieces(changes: readonly TreeChange[]): readonly (readonly TreeChange[])[] {
  const all: TreeChange[][] = [];
  let piece: TreeChange[] = [];
  let bytes = 0;
  for (const change of changes) {
    const more = encodeCanonical(changeJson(change, undefined)).length;
    if (piece.length === MAX_CHANGES || bytes + more > PIECE_BYTES) {
      all.push(piece);
      piece = [];
      bytes = 0;
    }
    piece.push(change);
    bytes += more;
  }
  if (piece.length > 0) all.push(piece);
  return all;
}
