/**
 * Matches dotted names and slash-separated paths against patterns with `*`. Our own matcher, no regular expression:
 * the cost is bounded by pattern length times name length whatever the pattern is.
 *
 * Rules, for a pattern and a name split at the separator into segments:
 * - `*` inside a segment stands for any run of characters there, none included: `fs.re*` matches `fs.read`.
 * - a segment `*` stands for exactly one segment; at the end of a *name* pattern it stands for one or more, so `net.*`
 *   is everything under `net` and `*` is every name.
 * - a segment `**` stands for any number of segments, none included; at the end it stands for one or more, so
 *   `/docs/**` is everything under `/docs` and not `/docs` itself.
 * - everything else stands for itself; letter case counts. There is no escape: a literal `*` cannot be asked for.
 *
 * Default deny: a name that is not in normal form (an empty segment; in paths also `.` and `..`), holds a NUL, or is
 * longer than 4096 characters matches no pattern.
 */
import { GlobError } from "./glob-error.ts";

/** The longest pattern, in UTF-16 units. */
export const MAX_GLOB_LENGTH = 256;
const MAX_SUBJECT_LENGTH = 4096;

/** A compiled pattern. */
export interface Glob {
  readonly pattern: string;
  /** Tells whether a name matches; anything not in normal form does not. */
  matches(name: string): boolean;
}

/**
 * Compiles a pattern over dotted names such as actions: `fs.read`, `tool.*`, `*.remove`.
 *
 * @throws CONFIG_GLOB when the pattern is empty, longer than 256 characters, or has an empty segment
 * @example
 * ```ts no-run
 * compileGlob("net.*").matches("net.http.post"); // true
 * compileGlob("net.*").matches("net");           // false
 * ```
 */
export function compileGlob(pattern: string): Glob {
  const segments = splitPattern(pattern, ".");
  if (segments.at(-1) === "*") segments[segments.length - 1] = "**";
  return compile(pattern, segments, ".");
}

/**
 * Compiles a pattern over paths with `/`: `/docs/**`, `/docs/*.md`. An absolute pattern matches absolute paths only,
 * a relative one relative paths only. The caller resolves links and `..` first.
 *
 * @throws CONFIG_GLOB when the pattern is empty, longer than 256 characters, or has an empty, `.` or `..` segment
 */
export function compilePathGlob(pattern: string): Glob {
  return compile(pattern, splitPattern(pattern, "/"), "/");
}

function splitPattern(pattern: unknown, separator: "." | "/"): string[] {
  if (typeof pattern !== "string")
    throw new GlobError("", `a string, got ${pattern === null ? "null" : typeof pattern}`);
  const shown = pattern.slice(0, MAX_GLOB_LENGTH);
  if (pattern === "") throw new GlobError(shown, "at least one segment");
  if (pattern.length > MAX_GLOB_LENGTH) {
    throw new GlobError(shown, `at most ${MAX_GLOB_LENGTH} characters, got ${pattern.length}`);
  }
  const segments = segmentsOf(pattern, separator);
  if (segments === undefined) {
    throw new GlobError(
      shown,
      separator === "/" ? "no empty, . or .. segment and no NUL" : "no empty segment and no NUL",
    );
  }
  return segments;
}

// An absolute path begins with an empty segment, which only an absolute pattern has too.
function segmentsOf(text: string, separator: "." | "/"): string[] | undefined {
  if (text.length > MAX_SUBJECT_LENGTH || text.includes("\0")) return undefined;
  if (separator === "/" && text === "/") return [""];
  const segments = text.split(separator);
  for (const [index, segment] of segments.entries()) {
    if (segment === "" && !(separator === "/" && index === 0 && segments.length > 1)) return undefined;
    if (separator === "/" && (segment === "." || segment === "..")) return undefined;
  }
  return segments;
}

function compile(pattern: string, segments: readonly string[], separator: "." | "/"): Glob {
  const wild = segments.findIndex((segment) => segment.includes("*"));
  if (wild === -1) return { pattern, matches: (name) => name === pattern };
  return {
    pattern,
    matches(name) {
      const given = typeof name === "string" ? segmentsOf(name, separator) : undefined;
      return given !== undefined && matchSegments(segments, given);
    },
  };
}

// Walks both lists with one point of return: after a later `**` an earlier one never needs to take more.
function matchSegments(pattern: readonly string[], name: readonly string[]): boolean {
  let p = 0;
  let n = 0;
  let returnP = -1;
  let returnN = -1;
  const lastIsDeep = pattern.at(-1) === "**";
  while (n < name.length) {
    const segment = pattern[p];
    if (segment === "**" && !isRoot(name, n)) {
      if (p === pattern.length - 1) return true;
      returnP = p++;
      returnN = n;
    } else if (segment !== undefined && segment !== "**" && matchSegment(segment, name[n] ?? "")) {
      p++;
      n++;
    } else if (returnP !== -1) {
      p = returnP + 1;
      n = ++returnN;
    } else return false;
  }
  // A final `**` wants one segment more than is left here.
  return !lastIsDeep && p === pattern.length;
}

function isRoot(name: readonly string[], index: number): boolean {
  return index === 0 && name[0] === "";
}

function matchSegment(pattern: string, text: string): boolean {
  // The empty segment before an absolute path's first slash is matched by itself alone.
  if (pattern === "" || text === "") return pattern === text;
  let p = 0;
  let t = 0;
  let returnP = -1;
  let returnT = -1;
  while (t < text.length) {
    if (pattern[p] === "*") {
      returnP = p++;
      returnT = t;
    } else if (pattern[p] === text[t]) {
      p++;
      t++;
    } else if (returnP !== -1) {
      p = returnP + 1;
      t = ++returnT;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
