// What a path in the resource tree may look like. One spelling for each node: nothing is normalised, what is not already in
// the one form is refused.
import { ResourcePathError } from "./resource-errors.ts";

export const ROOT = "/";
export const MAX_PATH_LENGTH = 1024;
export const MAX_DEPTH = 32;

const MAX_SEGMENT_LENGTH = 128;
/** By code: 0 where no segment has the character, 1 where it may stand inside, 2 where one may begin with it. */
const PLACES = new Uint8Array(128);
for (const character of ".:@+-") PLACES[character.charCodeAt(0)] = 1;
// So that `.`, `..` and hidden names cannot be.
for (const character of "_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  PLACES[character.charCodeAt(0)] = 2;

/**
 * Checks a path.
 *
 * @throws `TREE_PATH_INVALID`
 */
export function checkPath(path: string): string {
  const cut = path.lastIndexOf("/");
  // Of many siblings in a row, what stands above them is checked once.
  if (path.length <= MAX_PATH_LENGTH && cut === above.length && path.startsWith(above) && isSegment(path, cut + 1))
    return path;
  const checked = checkWhole(path);
  if (cut > 0) above = path.slice(0, cut);
  return checked;
}

/** What stood above the last path that was none of the siblings before. */
let above = "";

/** Tells whether what begins there, to the end of the text, is a segment. */
function isSegment(text: string, from: number): boolean {
  const length = text.length - from;
  if (length < 1 || length > MAX_SEGMENT_LENGTH || PLACES[text.charCodeAt(from)] !== 2) return false;
  // Codes beyond have no place.
  for (let at = from + 1; at < text.length; at++) if (!((PLACES[text.charCodeAt(at)] as number) > 0)) return false;
  return true;
}

function checkWhole(path: string): string {
  if (path === ROOT) return path;
  if (!path.startsWith("/")) throw invalid(path, "it must begin with /");
  if (path.length > MAX_PATH_LENGTH) throw invalid(path, `it must have at most ${MAX_PATH_LENGTH} characters`);
  const segments = path.slice(1).split("/");
  if (segments.length > MAX_DEPTH) throw invalid(path, `it must have at most ${MAX_DEPTH} segments`);
  const bad = segments.find((segment) => !isSegment(segment, 0));
  if (bad === undefined) return path;
  throw invalid(
    path,
    bad === ""
      ? "no segment may be empty"
      : `${JSON.stringify(bad.slice(0, 128))} is not 1 to 128 of A-Z a-z 0-9 . _ : @ + -, the first a letter, digit or _`,
  );
}

/** Gives the path of the node above; that of the root is the root. */
export function parentOf(path: string): string {
  const cut = path.lastIndexOf("/");
  return cut <= 0 ? ROOT : path.slice(0, cut);
}

/** Gives the last segment. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Tells whether a path is `above` or lies below it; `/a/b` does not hold `/a/bc`. */
export function isWithin(path: string, above: string): boolean {
  return above === ROOT || path === above || path.startsWith(`${above}/`);
}

function invalid(path: string, why: string): ResourcePathError {
  const shown = path.slice(0, 256);
  return new ResourcePathError(`${JSON.stringify(shown)} is no path of a resource: ${why}`, {
    details: { path: shown },
  });
}
