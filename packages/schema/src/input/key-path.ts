/**
 * Writes the path of a value for a person: `kernel.limits[2]."odd key"`. Keys come from outside: each is shortened, and
 * quoted unless it is a plain name.
 */

/** How much of one key is shown. */
export const SHOWN_KEY_LENGTH = 64;

const SHOWN_KEYS = 16;
const PLAIN_KEY = /^[\p{L}_$][\p{L}\p{N}_$-]*$/u;

/** The steps from a document's root to a value. */
export type KeyPath = readonly (string | number)[];

/** Shows one key: as it is when plain, else quoted; at most 64 characters of it. */
export function showKey(key: string): string {
  const short = key.length > SHOWN_KEY_LENGTH ? `${key.slice(0, SHOWN_KEY_LENGTH)}…` : key;
  return PLAIN_KEY.test(key) ? short : JSON.stringify(short);
}

/** Shows a path; the root is the empty string. */
export function showPath(path: KeyPath): string {
  let text = "";
  for (const [index, step] of path.slice(0, SHOWN_KEYS).entries()) {
    if (typeof step === "number") text += `[${step}]`;
    else text += `${index === 0 ? "" : "."}${showKey(step)}`;
  }
  return path.length > SHOWN_KEYS ? `${text}…` : text;
}

/** Finds the value at a path, reading own properties only; `undefined` where the path leaves the value. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = Reflect.get(current, step);
  }
  return current;
}
