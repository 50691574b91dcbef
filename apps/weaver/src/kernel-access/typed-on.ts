/** Writes commands as a user would type them, for hints. */
import { relative } from "node:path";
import type { Invocation } from "../commands/command.ts";

/** Gives a function that writes a command on the state directory of an invocation; `--dir` only where it is needed. */
export function typedOn({
  dir,
  values,
  workingFolder,
  host,
}: Pick<Invocation, "dir" | "values" | "workingFolder" | "host">): (words: string) => string {
  const isDefault = values.dir === undefined;
  const near = relative(workingFolder, dir);
  const path = near === "" ? "." : near.startsWith("..") || near.length > dir.length ? dir : near;
  return (words) => `${host.typed} ${words}${isDefault ? "" : ` --dir ${quoted(path)}`}`;
}

/** Quotes a path for a POSIX shell where it needs that. */
export function quoted(text: string): string {
  return /^[\w./\\:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
