/**
 * The state directory: made 0700 with its folders, locked while a kernel runs. Without one, the same folders lie in a file
 * system in memory, so that no feature needs to know.
 */
import type { Files, Platform } from "@weftos/interface";
import { codeOf, type DirectoryLock, lockDirectory } from "./directory-lock.ts";
import { KernelDirectoryError } from "./state-errors.ts";

/** The folders of a state directory; features make their files in them. */
const FOLDERS = ["keys", "chain", "journal", "cache", "run", "logs"] as const;

/** An open state directory. */
export interface StateDirectory {
  /** Absolute path within `files`. */
  readonly dir: string;
  readonly files: Files;
  readonly persistent: boolean;
  readonly lock: DirectoryLock | undefined;
  /** Whether others than the owner may enter it. */
  readonly tooOpen: boolean;
}

/**
 * Opens the state directory, or one in memory when `dir` is undefined.
 *
 * @throws `KERNEL_LOCKED`, `KERNEL_DIRECTORY`
 */
export async function openStateDirectory(dir: string | undefined, platform: Platform): Promise<StateDirectory> {
  if (dir === undefined) {
    const files = platform.memoryFiles();
    await makeFolders(files, "/.weftos");
    return { dir: "/.weftos", files, persistent: false, lock: undefined, tooOpen: false };
  }
  const { files, host, clock, random } = platform;
  try {
    await makeFolders(files, dir);
    const mode = (await files.stat(dir))?.mode ?? 0;
    const lock = await lockDirectory(dir, { files, host, clock, nonce: random.uuidV7(clock.now()) });
    return { dir, files, persistent: true, lock, tooOpen: (mode & 0o077) !== 0 };
  } catch (error) {
    const reason = codeOf(error);
    if (reason === undefined || reason === "KERNEL_LOCKED") throw error;
    throw new KernelDirectoryError(`expected a state directory that can be written at ${dir}, got ${reason}`, {
      details: { dir, reason },
      cause: error,
    });
  }
}

/** Makes a path absolute: a relative one is taken from the working folder. */
export function absolutePath(path: string, workingFolder: string): string {
  const clean = path.replace(/(?<=[^\\/:])[\\/]+$/, "");
  if (/^([\\/]|[A-Za-z]:[\\/])/.test(clean)) return clean;
  const relative = clean.replace(/^(\.[\\/])+/, "");
  if (relative === "." || relative === "") return workingFolder;
  return `${workingFolder.replace(/[\\/]$/, "")}/${relative}`;
}

/** Gives the folder that holds a path. */
export function parentOf(path: string): string {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return cut <= 0 ? "/" : path.slice(0, cut);
}

async function makeFolders(files: Files, dir: string): Promise<void> {
  await files.makeFolder(dir, { mode: 0o700 });
  await Promise.all(FOLDERS.map((name) => files.makeFolder(`${dir}/${name}`, { mode: 0o700 })));
}
