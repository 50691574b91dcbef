/**
 * Paths as text: split into a root and names, compared by names. POSIX paths begin with `/` and know one separator; all
 * other absolute paths are Windows paths (`C:\…`, `\\server\share\…`), where both slashes separate.
 */

/** The longest path that a tool takes, in UTF-16 units. */
export const MAX_PATH_LENGTH = 4096;

/** An absolute path in parts; `..` is kept, since only the file system knows what it means after a link. */
export interface PathParts {
  readonly root: string;
  readonly names: readonly string[];
}

/** Splits an absolute path; undefined when it is not absolute, or names a device. */
export function splitPath(path: string): PathParts | undefined {
  if (path.startsWith("/")) return { root: "/", names: namesOf(path, /\/+/) };
  const drive = /^[A-Za-z]:[\\/]/.exec(path)?.[0];
  if (drive !== undefined) {
    return { root: `${drive.slice(0, 2).toUpperCase()}\\`, names: namesOf(path.slice(drive.length), /[\\/]+/) };
  }
  const share = /^\\\\(?![.?]\\)([^\\/]+)[\\/]+([^\\/]+)/.exec(path);
  if (share === null) return undefined;
  return { root: `\\\\${share[1]}\\${share[2]}\\`, names: namesOf(path.slice(share[0].length), /[\\/]+/) };
}

function namesOf(text: string, separator: RegExp): string[] {
  return text.split(separator).filter((name) => name !== "" && name !== ".");
}

/** Puts a path together again. */
export function joinPath(root: string, names: readonly string[]): string {
  return root + names.join(root === "/" ? "/" : "\\");
}

/** Tells whether `path` is `folder` or lies below it, both being real paths. */
export function isWithin(folder: string, path: string): boolean {
  const outer = splitPath(folder);
  const inner = splitPath(path);
  if (outer === undefined || inner === undefined || outer.root !== inner.root) return false;
  return outer.names.every((name, index) => name === inner.names[index]);
}
