/** Finds the folder that a command is about. */
import { resolve } from "node:path";

const DEFAULT_NAME = ".weftos";

/**
 * Tells where the command was typed. A script of this repository runs in its root, whatever folder it is typed in; the
 * package manager says in `INIT_CWD` which that was.
 */
export function workingFolderOf(
  env: Readonly<Record<string, string | undefined>>,
  current: string,
  fromClone: boolean,
): string {
  const byScript = env["npm_lifecycle_event"] === "weaver" || env["npm_lifecycle_event"] === "start";
  return fromClone && byScript && env["INIT_CWD"] ? resolve(env["INIT_CWD"]) : current;
}

/** Gives the absolute path of the state directory: `--dir`, or `.weftos` where the command was typed. */
export function stateDirectoryOf(workingFolder: string, dir: string | undefined): string {
  return resolve(workingFolder, dir ?? DEFAULT_NAME);
}
