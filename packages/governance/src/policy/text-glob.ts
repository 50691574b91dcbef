/**
 * Matches whole texts (agent names, resources, attributes) against patterns with `*`. Unlike the globs over dotted names
 * and paths of the schema package, every text is a legal subject here: a rule that denies must not be escaped by a name
 * with an empty segment or `..` in it. Time is bounded by pattern length times text length.
 *
 * `*` stands for any run of characters but `/`; `**` for any run at all. Everything else stands for itself.
 */

/** The longest pattern, in UTF-16 units. */
export const MAX_PATTERN_LENGTH = 256;

/** A compiled pattern. */
export type TextGlob = (text: string) => boolean;

/** Compiles a pattern of 1 to 256 characters. */
export function compileTextGlob(pattern: string): TextGlob {
  if (pattern === "**") return () => true;
  if (!pattern.includes("*")) return (text) => text === pattern;
  const parts = pattern.split(/(\*\*+|\*)/).filter((part) => part !== "");
  return (text) => matchParts(parts, text);
}

/** Follows all places that may be reached at once: one bit a place, so no pattern makes it slow. */
function matchParts(parts: readonly string[], text: string): boolean {
  let places = new Uint8Array(text.length + 1);
  places[0] = 1;
  for (const part of parts) {
    const next = new Uint8Array(text.length + 1);
    if (part.startsWith("**")) spread(places, next, () => true);
    else if (part === "*") spread(places, next, (index) => text[index] !== "/");
    else {
      for (let at = 0; at + part.length <= text.length; at++) {
        if (places[at] === 1 && text.startsWith(part, at)) next[at + part.length] = 1;
      }
    }
    places = next;
  }
  return places[text.length] === 1;
}

function spread(from: Uint8Array, to: Uint8Array, passes: (index: number) => boolean): void {
  let open = false;
  for (let at = 0; at < from.length; at++) {
    if (at > 0 && open && !passes(at - 1)) open = false;
    if (from[at] === 1) open = true;
    if (open) to[at] = 1;
  }
}
