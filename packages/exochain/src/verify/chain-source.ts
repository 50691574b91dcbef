// What a verifier needs of the place where a chain lies: names and bytes. Node-free, so that an archive, a browser's
// folder or a bucket can be verified as well as a directory.
import type { Files } from "@weftos/interface";

/** Reads files of a state directory by relative path, such as `chain/000000000000.rvf`. */
export interface ChainSource {
  /** Names in a folder with what they are; empty when there is no such folder. */
  list(folder: string): Promise<readonly { readonly name: string; readonly kind: string }[]>;
  /** Opens a file; undefined when there is none. */
  open(path: string): Promise<SourceFile | undefined>;
}

/** A file of fixed size: what is appended later is not seen. */
export interface SourceFile {
  readonly size: number;
  /** Reads up to `length` bytes; fewer only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Whether nobody else has the bytes that `read` gives, so that their memory may be freed at once. @defaultValue false */
  readonly givesAway?: boolean | undefined;
  close(): Promise<void>;
}

/** Makes a source of a directory on any file system of the platform. */
export function filesSource(files: Pick<Files, "list" | "openRead" | "stat">, dir: string): ChainSource {
  return {
    async list(folder) {
      const stat = await files.stat(`${dir}/${folder}`);
      return stat?.kind === "folder" ? await files.list(`${dir}/${folder}`) : [];
    },
    async open(path) {
      const stat = await files.stat(`${dir}/${path}`);
      if (stat?.kind !== "file") return undefined;
      const file = await files.openRead(`${dir}/${path}`);
      return {
        size: file.size,
        givesAway: true,
        read: (offset, length) => file.read(offset, length),
        close: () => file.close(),
      };
    },
  };
}

/** Reads a small file whole; undefined when there is none. */
export async function readWhole(source: ChainSource, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const file = await source.open(path);
  if (file === undefined) return undefined;
  try {
    return await file.read(0, Math.min(file.size, maxBytes));
  } finally {
    await file.close();
  }
}
