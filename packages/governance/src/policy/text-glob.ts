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
  const first = pattern.indexOf("*");
  if (first === -1) return (text) => text === pattern;
  const last = pattern.lastIndexOf("*");
  const head = pattern.slice(0, first);
  const tail = pattern.slice(last + 1);
  // What a pattern begins and ends with rules out nearly every text, before anything is searched.
  const framed: TextGlob = (text) =>
    text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
  const middle = pattern.slice(first, last + 1);
  if (/^\*\*+$/.test(middle)) return framed;
  if (middle === "*") {
    return (text) => {
      if (!framed(text)) return false;
      const slash = text.indexOf("/", head.length);
      return slash === -1 || slash >= text.length - tail.length;
    };
  }
  const parts = pattern.split(/(\*\*+|\*)/).filter((part) => part !== "");
  return (text) => framed(text) && matchParts(parts, text);
}

/** Follows all places that may be reached at once: one byte a place, so no pattern makes it slow. */
function matchParts(parts: readonly string[], text: string): boolean {
  let places = new Uint8Array(text.length + 1);
  let next = new Uint8Array(text.length + 1);
  places[0] = 1;
  for (const part of parts) {
    next.fill(0);
    const reached = part.startsWith("*")
      ? spread(places, next, part === "*" ? text : undefined)
      : step(places, next, part, text);
    if (!reached) return false;
    [places, next] = [next, places];
  }
  return places[text.length] === 1;
}

/** Goes on behind a literal part. @returns whether there is a place left */
function step(from: Uint8Array, to: Uint8Array, part: string, text: string): boolean {
  let reached = false;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) {
    if (from[at] !== 1) continue;
    to[at + part.length] = 1;
    reached = true;
  }
  return reached;
}

/** Goes on behind a run of characters. @param within - the text, where the run holds no `/` */
function spread(from: Uint8Array, to: Uint8Array, within: string | undefined): boolean {
  let open = false;
  let reached = false;
  for (let at = 0; at < from.length; at++) {
    if (within !== undefined && at > 0 && within[at - 1] === "/") open = false;
    if (from[at] === 1) open = true;
    if (!open) continue;
    to[at] = 1;
    reached = true;
  }
  return reached;
}
