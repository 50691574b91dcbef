/**
 * Finds out what a path really leads to, before the guard is asked: links and `..` resolved, so that grants and rules are
 * compared with the place itself. What does not exist, or cannot be looked at, is named by its nearest folder that can:
 * the guard decides about it all the same, and only then the run fails.
 */
import type { FileKind, Files, ProcessDirectory, Subject } from "@weftos/interface";
import { processOf } from "../call/process-of.ts";
import { PathChangedError, PathProtectedError, ToolInputError } from "../tool/tool-errors.ts";
import { isWithin, joinPath, MAX_PATH_LENGTH, splitPath } from "./path-text.ts";

/** What a path leads to. */
export interface SettledPath {
  /** The real path; of a kept final link, the link's own. */
  readonly path: string;
  readonly kind: FileKind | "missing";
  /** Whether it lies inside the `files.own` grant of the process that asks. */
  readonly own: boolean;
  /** Size of a file; 0 for all else. */
  readonly bytes: number;
}

/** What is asked of the kernel to settle a path. */
export interface PathPorts {
  readonly files: Files;
  readonly processes: Pick<ProcessDirectory, "find">;
  /** Gives the real path of the folder that no tool may touch: the kernel's state on the same file system. */
  readonly protectedFolder: () => Promise<string | undefined>;
}

/**
 * Settles a path for a tool.
 *
 * @param finalLink - whether a link at the end is followed (to read) or meant itself (to remove)
 * @throws `TOOL_INPUT_INVALID` when it is not absolute; `TOOL_PATH_PROTECTED` inside the state directory
 */
export async function settlePath(
  ports: PathPorts,
  tool: string,
  given: string,
  finalLink: "follow" | "keep",
  subject: Subject,
): Promise<SettledPath> {
  const path = await realPathOf(ports.files, tool, given, finalLink);
  const folder = await ports.protectedFolder();
  if (folder !== undefined && (isWithin(folder, path) || (tool === "fs.remove" && isWithin(path, folder)))) {
    throw new PathProtectedError(`${tool} cannot touch the state directory of the kernel`, { details: { tool } });
  }
  const entry = await ports.files.stat(path).catch(() => undefined);
  return {
    path,
    kind: entry?.kind ?? "missing",
    own: await isOwn(ports, subject, path),
    bytes: entry?.kind === "file" ? entry.size : 0,
  };
}

/**
 * Checks that a settled path still leads to itself: no link has come into it since.
 *
 * @throws `TOOL_PATH_CHANGED`
 */
export async function checkUnmoved(
  files: Files,
  tool: string,
  path: string,
  finalLink: "follow" | "keep",
): Promise<void> {
  const now = await realPathOf(files, tool, path, finalLink);
  if (now !== path) throw pathChanged(tool);
}

/** Makes the error of a path that leads elsewhere now. */
export function pathChanged(tool: string): PathChangedError {
  return new PathChangedError(`${tool}: the path does not lead any more to what was decided on`, { details: { tool } });
}

async function realPathOf(files: Files, tool: string, given: string, finalLink: "follow" | "keep"): Promise<string> {
  const parts = given.length <= MAX_PATH_LENGTH && !given.includes("\0") ? splitPath(given) : undefined;
  if (parts === undefined)
    throw ToolInputError.of(tool, "path", "an absolute path of at most 4096 characters", "another text");
  const { root, names } = parts;
  let known = names.length;
  if (finalLink === "keep" && known > 0 && names.at(-1) !== "..") {
    const entry = await files.stat(joinPath(root, names)).catch(() => undefined);
    if (entry?.kind === "link") known--;
  }
  for (; known > 0; known--) {
    const real = await files.realPath(joinPath(root, names.slice(0, known))).catch(() => undefined);
    if (real !== undefined) return extend(tool, real, names.slice(known));
  }
  return extend(tool, root, names);
}

function extend(tool: string, real: string, rest: readonly string[]): string {
  if (rest.length === 0) return real;
  if (rest.includes("..")) {
    throw ToolInputError.of(tool, "path", "no .. below what does not exist", "one that has it");
  }
  const parts = splitPath(real);
  if (parts === undefined) throw ToolInputError.of(tool, "path", "a path on a file system", "one of a device");
  return joinPath(parts.root, [...parts.names, ...rest]);
}

async function isOwn(ports: PathPorts, subject: Subject, path: string): Promise<boolean> {
  const roots = processOf(ports.processes, subject)?.capabilities.files.own ?? [];
  for (const root of roots) {
    if (isWithin(await realOr(ports.files, root), path)) return true;
  }
  return false;
}

/** Gives the real path, or the path itself where there is none. */
export async function realOr(files: Files, path: string): Promise<string> {
  return await files.realPath(path).catch(() => path);
}
