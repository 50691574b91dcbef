/**
 * The file system, as far as WeftOS needs it. Paths are absolute. Errors are the platform's own, with `code` as Node
 * names it (`ENOENT`, `EEXIST`, `ENOSPC`, `EIO`, `EACCES`).
 */
export interface Files {
  /** Reads a whole file; `maxBytes` refuses a larger one with `EFBIG`. */
  read(path: string, options?: { readonly maxBytes?: number | undefined }): Promise<Uint8Array>;
  /** Replaces or creates a whole file: temporary file, fsync, rename, fsync of the folder. Durable when resolved. */
  writeAtomic(path: string, data: Uint8Array, options?: { readonly mode?: number | undefined }): Promise<void>;
  /** Creates a file that must not exist (`O_EXCL`, else `EEXIST`) with its mode from the first byte on; fsynced. */
  createExclusive(path: string, data: Uint8Array, options?: { readonly mode?: number | undefined }): Promise<void>;
  /** Opens a file for appending, creating it when absent. */
  openAppend(path: string, options?: { readonly mode?: number | undefined }): Promise<AppendFile>;
  /** Opens a file for reading at offsets. */
  openRead(path: string): Promise<ReadFile>;
  /** Creates a folder and its parents; an existing one is fine. */
  makeFolder(path: string, options?: { readonly mode?: number | undefined }): Promise<void>;
  /** Lists the names in a folder, sorted by code unit, with their kind; links are not followed. */
  list(path: string): Promise<readonly FolderEntry[]>;
  /** Tells about a path without following a final link; undefined when there is none. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Gives the path with every link and `..` resolved. */
  realPath(path: string): Promise<string>;
  /** Moves a file within one file system, replacing the target; the folders are fsynced. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or with `recursive` a folder with all it holds; an absent one is `ENOENT`. */
  remove(path: string, options?: { readonly recursive?: boolean | undefined }): Promise<void>;
}

/** A file open for appending; one writer at a time. */
export interface AppendFile {
  /** Bytes in the file, those of running writes not counted. */
  readonly size: number;
  /** Appends; resolves when the system has the bytes, not when they are on disk. */
  write(data: Uint8Array): Promise<void>;
  /** Resolves when all that was written before is on disk (`fdatasync`). */
  sync(): Promise<void>;
  /** Overwrites bytes that lie within the file. */
  writeAt(offset: number, data: Uint8Array): Promise<void>;
  /** Cuts the file to `size` bytes. */
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** A file open for reading. */
export interface ReadFile {
  readonly size: number;
  /** Reads up to `length` bytes from `offset`; fewer only at the end of the file. The bytes are the caller's own. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Reads at once, while everything else stands still: for some kilobytes that an answer cannot wait for. */
  readNow(offset: number, length: number): Uint8Array;
  /**
   * Tells where the open file lies, every link resolved: on Linux and in memory the place of the file itself, whatever its
   * path leads to by now; elsewhere where the path leads now.
   */
  realPath(): Promise<string>;
  close(): Promise<void>;
}

/** What lies in a folder under one name. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: FileKind;
}

export type FileKind = "file" | "folder" | "link" | "other";

/** What a path is. */
export interface FileStat {
  readonly kind: FileKind;
  readonly size: number;
  /** Permission bits, `0o600` and the like; 0 where the system has none. */
  readonly mode: number;
  /** Last change in milliseconds UTC. */
  readonly modifiedMs: number;
}
