/**
 * The file system of the machine.
 *
 * Every change of a folder is fsynced before the call resolves, where the system can (Windows cannot open a folder).
 * Temporary files of `writeAtomic` are named `.<name>.<random>.tmp`; a crash may leave one behind. Files are made with
 * mode 0600 and folders with 0700 unless the call says otherwise; replacing a file keeps its mode.
 */
import { constants, readSync } from "node:fs";
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  unlink,
} from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { FileKind, FileStat, Files, ReadFile } from "@weftos/interface";
import { toHex } from "../random/hex.ts";
import { NodeAppendFile } from "./node-append-file.ts";

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const READ_CHUNK_BYTES = 64 * 1024;
const FOLDERS_CAN_SYNC = process.platform !== "win32";
// Opening a pipe would wait for a writer, for ever.
const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

interface Kinds {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function kindOf(entry: Kinds): FileKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "link" : "other";
}

function nodeError(code: string, text: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${text}, ${syscall} '${path}'`), { code, syscall, path });
}

/**
 * Makes a folder and those missing above it, and gives the first that was made. Node's own recursion never ends where a file
 * system takes no folder and says ENOENT, such as /proc.
 */
async function makeMissing(path: string, mode: number): Promise<string | undefined> {
  const above = dirname(path);
  let first: string | undefined;
  try {
    await mkdir(path, mode);
    return path;
  } catch (error) {
    if (await isFolder(path)) return undefined;
    if (!hasCode(error, "ENOENT") || above === path) throw error;
    first = await makeMissing(above, mode);
  }
  try {
    await mkdir(path, mode);
    return first ?? path;
  } catch (error) {
    if (await isFolder(path)) return first;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function absolute(path: string, syscall: string): string {
  if (isAbsolute(path) && !path.includes("\0")) return path;
  throw nodeError("EINVAL", "expected an absolute path", syscall, path);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

async function syncFolder(path: string): Promise<void> {
  if (!FOLDERS_CAN_SYNC) return;
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Opens an existing regular file for reading. */
async function openRegular(path: string): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  const handle = await open(absolute(path, "open"), READ_FLAGS);
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw nodeError("EISDIR", "illegal operation on a directory", "read", path);
    if (!stat.isFile()) throw nodeError("EINVAL", "expected a regular file", "read", path);
    return { handle, size: stat.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Reads up to `length` bytes at `offset`, fewer only at the end of the file. */
async function readAt(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === length ? bytes : bytes.slice(0, filled);
}

/** Creates a file that must not exist, with these bytes on disk; an unfinished one is removed. */
async function create(path: string, data: Uint8Array, mode: number): Promise<void> {
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  }
}

async function statOf(path: string): Promise<FileStat | undefined> {
  try {
    const stat = await lstat(absolute(path, "lstat"));
    return { kind: kindOf(stat), size: stat.size, mode: stat.mode & 0o7777, modifiedMs: Math.trunc(stat.mtimeMs) };
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function readWhole(path: string, maxBytes: number): Promise<Uint8Array> {
  const { handle, size } = await openRegular(path);
  try {
    const parts: Uint8Array[] = [];
    let total = 0;
    // The size is a hint: the file may grow, and files of /proc tell 0.
    for (let wanted = size + 1; total <= maxBytes; wanted = READ_CHUNK_BYTES) {
      const length = Math.min(wanted, maxBytes - total + 1);
      const part = await readAt(handle, total, length);
      parts.push(part);
      total += part.length;
      if (part.length < length) break;
    }
    if (total > maxBytes) throw nodeError("EFBIG", `file too large, more than ${maxBytes} bytes`, "read", path);
    return joined(parts, total);
  } finally {
    await handle.close();
  }
}

function joined(parts: readonly Uint8Array[], total: number): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const whole = new Uint8Array(total);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Where an open file lies. Only Linux knows it of the file itself: a path may lead elsewhere a moment later. */
async function placeOf(handle: FileHandle, path: string): Promise<string> {
  if (process.platform !== "linux") return await realpath(path);
  try {
    return await readlink(`/proc/self/fd/${handle.fd}`);
  } catch (error) {
    // Without /proc, as in some containers.
    if (hasCode(error, "ENOENT")) return await realpath(path);
    throw error;
  }
}

async function openForReading(path: string): Promise<ReadFile> {
  const { handle, size } = await openRegular(path);
  return {
    size,
    read: (offset, length) => readAt(handle, offset, length),
    readNow(offset, length) {
      if (handle.fd < 0) throw nodeError("EBADF", "bad file descriptor", "read", path);
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const got = readSync(handle.fd, bytes, filled, length - filled, offset + filled);
        if (got === 0) break;
        filled += got;
      }
      return bytes.subarray(0, filled);
    },
    realPath: () => placeOf(handle, path),
    close: () => handle.close(),
  };
}

/**
 * Gives the file system of the machine.
 *
 * @param randomBytes - for the names of temporary files
 */
export function nodeFiles(randomBytes: (length: number) => Uint8Array): Files {
  return {
    read: (path, options) => readWhole(path, options?.maxBytes ?? Number.MAX_SAFE_INTEGER),
    async writeAtomic(path, data, options) {
      const folder = dirname(absolute(path, "open"));
      const temporary = join(folder, `.${basename(path)}.${toHex(randomBytes(6))}.tmp`);
      const before = options?.mode === undefined ? await statOf(path) : undefined;
      const kept = before?.kind === "file" ? before.mode : FILE_MODE;
      await create(temporary, data, options?.mode ?? kept);
      try {
        await rename(temporary, path);
      } catch (error) {
        await unlink(temporary).catch(() => undefined);
        throw error;
      }
      await syncFolder(folder);
    },
    async createExclusive(path, data, options) {
      await create(absolute(path, "open"), data, options?.mode ?? FILE_MODE);
      await syncFolder(dirname(path));
    },
    async openAppend(path, options) {
      const existed = (await statOf(path)) !== undefined;
      const handle = await open(path, constants.O_RDWR | constants.O_CREAT, options?.mode ?? FILE_MODE);
      try {
        const { size } = await handle.stat();
        if (!existed) await syncFolder(dirname(path));
        return new NodeAppendFile(handle, path, size);
      } catch (error) {
        await handle.close();
        throw error;
      }
    },
    openRead: openForReading,
    async makeFolder(path, options) {
      const first = await makeMissing(absolute(path, "mkdir"), options?.mode ?? FOLDER_MODE);
      if (first === undefined) return;
      // From the deepest new folder up to the one that held the first new one.
      for (let folder = dirname(path); folder.length >= dirname(first).length; folder = dirname(folder)) {
        await syncFolder(folder);
        if (folder === dirname(folder)) break;
      }
    },
    async list(path) {
      const entries = await readdir(absolute(path, "scandir"), { withFileTypes: true });
      return entries
        .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    stat: statOf,
    realPath: (path) => realpath(absolute(path, "realpath")),
    async rename(from, to) {
      await rename(absolute(from, "rename"), absolute(to, "rename"));
      await syncFolder(dirname(to));
      if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
    },
    async remove(path, options) {
      if (options?.recursive === true) await rm(absolute(path, "rm"), { recursive: true });
      else {
        const stat = await statOf(path);
        if (stat?.kind === "folder") throw nodeError("EISDIR", "illegal operation on a directory", "unlink", path);
        await unlink(path);
      }
      await syncFolder(dirname(path));
    },
  };
}
