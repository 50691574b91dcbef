/**
 * A file system in memory: for kernels without a directory, for the browser, for tests and simulation.
 *
 * Each call is one step in time, done when the promise resolves. For tests it can follow what is durable (`durability`)
 * and give the file system that a crash would leave, and a hook sees each primitive step and may make it fail. Without
 * these, a write costs the copy of its bytes.
 */
import type { AppendFile, FileStat, Files, FolderEntry, ReadFile } from "@weftos/interface";
import { type FileErrorCode, fileError } from "./file-error.ts";
import { type CrashChoice, treeAfterCrash } from "./memory-crash.ts";
import { FileNode, FolderNode, LinkNode, type MemoryNode, type Place, walk } from "./memory-tree.ts";

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** A primitive step, told to the hook before it happens. */
export interface FileStep {
  readonly operation:
    | "open"
    | "create"
    | "read"
    | "write"
    | "sync"
    | "truncate"
    | "rename"
    | "remove"
    | "makeFolder"
    | "syncFolder"
    | "list"
    | "stat"
    | "realPath";
  readonly path: string;
}

/** How a step fails. */
export interface FileFault {
  readonly code: FileErrorCode;
  /** Bytes of a write that still reach the file. @defaultValue 0 */
  readonly writtenBytes?: number | undefined;
}

export interface MemoryFilesOptions {
  /** Gives the time for `modifiedMs`. @defaultValue `Date.now` */
  readonly now?: (() => number) | undefined;
  /** Follows what is durable, for {@link MemoryFiles.afterCrash}. @defaultValue false */
  readonly durability?: boolean | undefined;
  /** Called before each step; a fault it returns makes the step fail. */
  readonly beforeStep?: ((step: FileStep) => FileFault | undefined) | undefined;
}

/** A file system in memory, with what tests ask of it. */
export interface MemoryFiles extends Files {
  /** Makes a symbolic link at `path`. */
  link(target: string, path: string): Promise<void>;
  /**
   * Gives the file system that a crash at this moment would leave; this one goes on unchanged.
   *
   * @param choose - tells, for each file or folder with changes that no sync covered, how many of them the disk got to
   *   anyway; without it none
   * @throws when the file system was made without `durability`
   */
  afterCrash(choose?: CrashChoice): MemoryFiles;
}

/** Makes an empty file system in memory. */
export function memoryFiles(options: MemoryFilesOptions = {}): MemoryFiles {
  return new TreeFiles(new FolderNode(0o755, (options.now ?? Date.now)(), options.durability === true), options);
}

class TreeFiles implements MemoryFiles {
  readonly #root: FolderNode;
  readonly #options: MemoryFilesOptions;
  readonly #now: () => number;
  readonly #followed: boolean;
  #temporary = 0;

  constructor(root: FolderNode, options: MemoryFilesOptions) {
    this.#root = root;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#followed = options.durability === true;
  }

  async read(path: string, options?: { readonly maxBytes?: number | undefined }): Promise<Uint8Array> {
    const node = this.#file(path, "open");
    this.step("read", path);
    if (node.content.size > (options?.maxBytes ?? Number.POSITIVE_INFINITY)) throw fileError("EFBIG", "read", path);
    return node.content.read(0, node.content.size);
  }

  async writeAtomic(path: string, data: Uint8Array, options?: { readonly mode?: number | undefined }): Promise<void> {
    const place = this.#place(path, false, "open");
    if (place.node?.kind === "folder") throw fileError("EISDIR", "rename", path);
    const kept = place.node?.kind === "file" ? place.node.mode : FILE_MODE;
    this.#temporary += 1;
    const temporary: Place = { ...place, node: undefined, name: `.${place.name}.${this.#temporary}.tmp` };
    const temporaryPath = `${path.slice(0, path.lastIndexOf("/"))}/${temporary.name}`;
    try {
      const node = this.#create(temporary, temporaryPath, options?.mode ?? kept);
      this.#fill(node, temporaryPath, data);
      this.step("rename", path);
      this.#put(place.parent, place.name, node);
    } finally {
      place.parent.entries.delete(temporary.name);
    }
    this.#syncFolder(place.parent, path);
  }

  async createExclusive(
    path: string,
    data: Uint8Array,
    options?: { readonly mode?: number | undefined },
  ): Promise<void> {
    const place = this.#place(path, false, "open");
    if (place.node !== undefined) throw fileError("EEXIST", "open", path);
    const node = this.#create(place, path, options?.mode ?? FILE_MODE);
    this.#fill(node, path, data);
    this.#syncFolder(place.parent, path);
  }

  async openAppend(path: string, options?: { readonly mode?: number | undefined }): Promise<AppendFile> {
    const place = this.#place(path, true, "open");
    if (place.node?.kind === "folder") throw fileError("EISDIR", "open", path);
    if (place.node?.kind === "file") {
      this.step("open", path);
      return new MemoryAppendFile(this, place.node, path, this.#now);
    }
    const node = this.#create(place, path, options?.mode ?? FILE_MODE);
    this.#syncFolder(place.parent, path);
    return new MemoryAppendFile(this, node, path, this.#now);
  }

  async openRead(path: string): Promise<ReadFile> {
    const node = this.#file(path, "open");
    let open = true;
    const size = node.content.size;
    const readNow = (offset: number, length: number): Uint8Array => {
      if (!open) throw fileError("EBADF", "read", path);
      this.step("read", path);
      return node.content.read(offset, length);
    };
    const { path: place } = this.#place(path, true, "open");
    return {
      size,
      realPath: async () => place,
      readNow,
      read: async (offset, length) => readNow(offset, length),
      close: async () => {
        open = false;
      },
    };
  }

  async makeFolder(path: string, options?: { readonly mode?: number | undefined }): Promise<void> {
    let parent = "";
    for (const name of path.split("/")) {
      if (name === "") continue;
      parent += `/${name}`;
      const place = this.#place(parent, true, "mkdir");
      if (place.node?.kind === "folder") continue;
      if (place.node !== undefined) throw fileError(parent === path ? "EEXIST" : "ENOTDIR", "mkdir", path);
      this.step("makeFolder", parent);
      const folder = new FolderNode((options?.mode ?? FOLDER_MODE) & 0o7777, this.#now(), this.#followed);
      this.#put(place.parent, place.name, folder);
      this.#syncFolder(place.parent, parent);
    }
    if (!path.startsWith("/")) throw fileError("EINVAL", "mkdir", path);
  }

  async list(path: string): Promise<readonly FolderEntry[]> {
    const { node } = this.#place(path, true, "scandir");
    if (node === undefined) throw fileError("ENOENT", "scandir", path);
    if (node.kind !== "folder") throw fileError("ENOTDIR", "scandir", path);
    this.step("list", path);
    const entries = [...node.entries].map(([name, entry]): FolderEntry => ({ name, kind: entry.kind }));
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async stat(path: string): Promise<FileStat | undefined> {
    let node: MemoryNode | undefined;
    try {
      node = this.#place(path, false, "lstat").node;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
    this.step("stat", path);
    if (node === undefined) return undefined;
    const { kind, modifiedMs } = node;
    if (node.kind === "link") return { kind, size: node.target.length, mode: 0o777, modifiedMs };
    return { kind, size: node.kind === "file" ? node.content.size : 0, mode: node.mode, modifiedMs };
  }

  async realPath(path: string): Promise<string> {
    const place = this.#place(path, true, "realpath");
    this.step("realPath", path);
    if (place.node === undefined) throw fileError("ENOENT", "realpath", path);
    return place.path;
  }

  async rename(from: string, to: string): Promise<void> {
    const source = this.#place(from, false, "rename");
    const target = this.#place(to, false, "rename");
    const { node } = source;
    if (node === undefined) throw fileError("ENOENT", "rename", from);
    if (node.kind === "folder") {
      if (`${target.path}/`.startsWith(`${source.path}/`) && target.node !== node) {
        throw fileError("EINVAL", "rename", from);
      }
      if (target.node !== undefined && target.node.kind !== "folder") throw fileError("ENOTDIR", "rename", from);
    } else if (target.node?.kind === "folder") throw fileError("EISDIR", "rename", from);
    if (target.node === node) return;
    if (target.node?.kind === "folder" && target.node.entries.size > 0) throw fileError("ENOTEMPTY", "rename", from);
    this.step("rename", to);
    source.parent.entries.delete(source.name);
    source.parent.modifiedMs = this.#now();
    this.#put(target.parent, target.name, node);
    this.#syncFolder(target.parent, to);
    if (source.parent !== target.parent) this.#syncFolder(source.parent, from);
  }

  async remove(path: string, options?: { readonly recursive?: boolean | undefined }): Promise<void> {
    const { node, parent, name } = this.#place(path, false, "unlink");
    if (node === undefined) throw fileError("ENOENT", "unlink", path);
    if (node.kind === "folder" && options?.recursive !== true) throw fileError("EISDIR", "unlink", path);
    if (node === this.#root) throw fileError("EINVAL", "rm", path);
    this.step("remove", path);
    parent.entries.delete(name);
    parent.modifiedMs = this.#now();
    this.#syncFolder(parent, path);
  }

  async link(target: string, path: string): Promise<void> {
    const place = this.#place(path, false, "symlink");
    if (place.node !== undefined) throw fileError("EEXIST", "symlink", path);
    this.#put(place.parent, place.name, new LinkNode(target, this.#now()));
    this.#syncFolder(place.parent, path);
  }

  afterCrash(choose?: CrashChoice): MemoryFiles {
    if (!this.#followed) throw new Error("afterCrash: this file system was made without `durability`");
    // The hook belongs to the machine that crashed.
    return new TreeFiles(treeAfterCrash(this.#root, choose), { ...this.#options, beforeStep: undefined });
  }

  /** Tells the hook of a step; throws what the hook asks for. */
  step(operation: FileStep["operation"], path: string): void {
    const fault = this.#options.beforeStep?.({ operation, path });
    if (fault !== undefined) throw fileError(fault.code, operation, path);
  }

  /** Writes to a file; a fault may let a part of the bytes through. */
  write(node: FileNode, path: string, offset: number, data: Uint8Array): void {
    const fault = this.#options.beforeStep?.({ operation: "write", path });
    const bytes = fault === undefined ? data : data.subarray(0, fault.writtenBytes ?? 0);
    // A followed file keeps its changes until a sync: these must be its own bytes.
    if (bytes.length > 0) {
      node.change({ kind: "write", offset, data: this.#followed ? bytes.slice() : bytes }, this.#now());
    }
    if (fault !== undefined) throw fileError(fault.code, "write", path);
  }

  #place(path: string, follow: boolean, syscall: string): Place {
    return walk(this.#root, path, follow, syscall);
  }

  #file(path: string, syscall: string): FileNode {
    const { node } = this.#place(path, true, syscall);
    if (node === undefined) throw fileError("ENOENT", syscall, path);
    if (node.kind !== "file") throw fileError("EISDIR", syscall, path);
    this.step("open", path);
    return node;
  }

  #create(place: Place, path: string, mode: number): FileNode {
    this.step("create", path);
    const node = new FileNode(mode & 0o7777, this.#now(), this.#followed);
    this.#put(place.parent, place.name, node);
    return node;
  }

  #fill(node: FileNode, path: string, data: Uint8Array): void {
    this.write(node, path, 0, data);
    this.step("sync", path);
    node.sync();
  }

  #put(parent: FolderNode, name: string, node: MemoryNode): void {
    parent.entries.set(name, node);
    parent.modifiedMs = this.#now();
  }

  #syncFolder(folder: FolderNode, path: string): void {
    this.step("syncFolder", path);
    folder.sync();
  }
}

class MemoryAppendFile implements AppendFile {
  readonly #files: TreeFiles;
  readonly #node: FileNode;
  readonly #path: string;
  readonly #now: () => number;
  #open = true;

  constructor(files: TreeFiles, node: FileNode, path: string, now: () => number) {
    this.#files = files;
    this.#node = node;
    this.#path = path;
    this.#now = now;
  }

  get size(): number {
    return this.#node.content.size;
  }

  async write(data: Uint8Array): Promise<void> {
    this.#check("write");
    this.#files.write(this.#node, this.#path, this.#node.content.size, data);
  }

  async sync(): Promise<void> {
    this.#check("fdatasync");
    this.#files.step("sync", this.#path);
    this.#node.sync();
  }

  async writeAt(offset: number, data: Uint8Array): Promise<void> {
    this.#check("write");
    if (offset < 0 || offset + data.length > this.size) throw fileError("EINVAL", "write", this.#path);
    this.#files.write(this.#node, this.#path, offset, data);
  }

  async truncate(size: number): Promise<void> {
    this.#check("ftruncate");
    if (size < 0 || size > this.size) throw fileError("EINVAL", "ftruncate", this.#path);
    this.#files.step("truncate", this.#path);
    this.#node.change({ kind: "truncate", size }, this.#now());
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #check(syscall: string): void {
    if (!this.#open) throw fileError("EBADF", syscall, this.#path);
  }
}
