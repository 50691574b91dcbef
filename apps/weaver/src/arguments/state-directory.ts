/** Finds the folder that a command is about. */
import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { StateDirectoryError } from "../failure/daemon-errors.ts";
import { UsageError } from "../failure/usage-error.ts";

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
  const byScript = env.npm_lifecycle_event === "weaver" || env.npm_lifecycle_event === "start";
  return fromClone && byScript && env.INIT_CWD ? resolve(env.INIT_CWD) : current;
}

/**
 * Gives the absolute path of the state directory: `--dir`, or `.weftos` where the command was typed.
 *
 * @throws `API_USAGE` for a name that is not UTF-8: Node has replaced its bytes, so that it would mean another folder
 */
export function stateDirectoryOf(workingFolder: string, dir: string | undefined): string {
  if (dir?.includes("\ufffd") === true) {
    throw new UsageError(`--dir must be UTF-8, got ${JSON.stringify(dir)}`, "rename the folder, or name another");
  }
  return resolve(workingFolder, dir ?? DEFAULT_NAME);
}

/**
 * Checks that a state directory is a folder that this user may enter, or is not there yet.
 *
 * @throws `API_USAGE` when it is something else, `KERNEL_DIRECTORY` when it cannot be entered
 */
export function checkStateDirectory(dir: string): void {
  try {
    let nearest = dir;
    let found = statSync(nearest, { throwIfNoEntry: false });
    for (; found === undefined && dirname(nearest) !== nearest; found = statSync(nearest, { throwIfNoEntry: false })) {
      nearest = dirname(nearest);
    }
    if (found?.isDirectory() === false) {
      const hint = "--dir names a folder, there or to be made";
      throw new UsageError(`${nearest} is a file, and no state directory can be there`, hint);
    }
    if (nearest === dir) accessSync(dir, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN";
    throw new StateDirectoryError(`the state directory ${dir} cannot be read`, {
      details: { dir, reason },
      cause: error,
    });
  }
}
