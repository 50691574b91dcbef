/** Errors of the file system in memory, in the form Node gives its own: `code`, `syscall`, `path`. */

const TEXTS = {
  EACCES: "permission denied",
  EEXIST: "file already exists",
  EFBIG: "file too large",
  EINVAL: "invalid argument",
  EIO: "i/o error",
  EISDIR: "illegal operation on a directory",
  ELOOP: "too many symbolic links encountered",
  EMFILE: "too many open files",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  ENOTEMPTY: "directory not empty",
  EBADF: "bad file descriptor",
} as const;

/** Codes that a file system in memory raises, by itself or because a test asks for it. */
export type FileErrorCode = keyof typeof TEXTS;

/** Makes an error as Node's file system raises it. */
export function fileError(code: FileErrorCode, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${TEXTS[code]}, ${syscall} '${path}'`), { code, syscall, path });
}
