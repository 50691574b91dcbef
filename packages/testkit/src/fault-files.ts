/** A file system in memory whose steps a test can make fail, and whose crash it can choose. */
import type { Files, Random } from "@weftos/interface";
import { type FileErrorCode, type FileStep, type MemoryFiles, memoryFiles } from "@weftos/platform";

export interface FaultFilesInit {
  /** Gives the time for `modifiedMs`. @defaultValue `Date.now` */
  readonly now?: (() => number) | undefined;
}

/** A file system in memory, with faults and crashes. */
export interface FaultFiles {
  readonly files: MemoryFiles;
  /**
   * Makes the next step that matches fail once. Faults wait in the order they were asked for.
   *
   * @param matches - chooses a step, for instance `(step) => step.operation === "sync"`
   * @param options - `writtenBytes` of a failing write still reach the file
   */
  failNext(
    matches: (step: FileStep) => boolean,
    code: FileErrorCode,
    options?: { readonly writtenBytes?: number | undefined },
  ): void;
  /** Calls a test back before each step, to look or to crash there; undefined ends it. */
  watch(callback: ((step: FileStep) => void) | undefined): void;
  /**
   * Gives the file system that a crash now would leave. Without `random` the disk got to nothing but what was synced;
   * with it, each file keeps a random prefix of the rest, some followed by zeros, and each folder all or nothing.
   */
  crash(random?: Random): MemoryFiles;
}

/** Makes an empty file system with faults and crashes. */
export function faultFiles(init: FaultFilesInit = {}): FaultFiles {
  const faults: {
    readonly matches: (step: FileStep) => boolean;
    readonly code: FileErrorCode;
    readonly writtenBytes: number | undefined;
  }[] = [];
  let watcher: ((step: FileStep) => void) | undefined;
  const files = memoryFiles({
    now: init.now,
    durability: true,
    beforeStep(step) {
      watcher?.(step);
      const index = faults.findIndex((fault) => fault.matches(step));
      return index < 0 ? undefined : faults.splice(index, 1)[0];
    },
  });
  return {
    files,
    failNext(matches, code, options) {
      faults.push({ matches, code, writtenBytes: options?.writtenBytes });
    },
    watch(callback) {
      watcher = callback;
    },
    crash(random) {
      if (random === undefined) return files.afterCrash();
      return files.afterCrash(({ changes }) => ({
        kept: Math.floor(random.fraction() * (changes + 1)),
        zeroFill: random.fraction() < 0.25,
      }));
    },
  };
}

/** Lists all files below a folder with their bytes, to compare two file systems or look for a secret. */
export async function allFiles(files: Files, folder = "/"): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const visit = async (path: string): Promise<void> => {
    for (const entry of await files.list(path === "" ? "/" : path)) {
      const inner = `${path}/${entry.name}`;
      if (entry.kind === "folder") await visit(inner);
      else if (entry.kind === "file") found.set(inner, await files.read(inner));
    }
  };
  await visit(folder.replace(/\/+$/, ""));
  return found;
}
