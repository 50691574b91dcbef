/**
 * Compares absolute paths by segments, as the system they come from writes them: `C:\a` and `\\host\share` with either
 * slash and without regard to case, all else with `/` and with regard to it. Links are the caller's: both sides are real
 * paths here.
 */

/** An absolute path in comparable form. */
export type PathSegments = readonly string[];

/** Splits an absolute path; undefined when it is not absolute, has a `..` segment or a NUL. */
export function pathSegments(path: string): PathSegments | undefined {
  if (path.includes("\0")) return undefined;
  const windows = /^(?:[A-Za-z]:[\\/]|\\\\)/.test(path);
  if (!windows && !path.startsWith("/")) return undefined;
  const text = windows ? path.toLowerCase() : path;
  const segments = text.split(windows ? /[\\/]+/ : "/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes("..")) return undefined;
  return [windows ? "windows" : "posix", ...segments];
}

/** Tells whether a path is a root itself or lies below it. */
export function isWithin(path: PathSegments, root: PathSegments): boolean {
  if (path.length < root.length) return false;
  for (let index = 0; index < root.length; index += 1) {
    if (path[index] !== root[index]) return false;
  }
  return true;
}

/** Tells whether a path lies in one of several roots. */
export function isWithinAny(path: PathSegments, roots: readonly PathSegments[]): boolean {
  for (const root of roots) {
    if (isWithin(path, root)) return true;
  }
  return false;
}
