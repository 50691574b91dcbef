/**
 * Resolves the paths of a file grant, once, when a process starts: checks then compare real paths on both sides, and a
 * link within a granted folder leads nowhere else.
 */
import type { Capabilities, Files } from "@weftos/interface";
import { CapabilityInvalidError } from "../process-errors.ts";
import { pathSegments } from "./file-root.ts";

/** @throws CAPABILITY_INVALID when a path is not absolute, or cannot be resolved for another reason than being absent */
export async function resolveGrants(capabilities: Capabilities, files: Pick<Files, "realPath">): Promise<Capabilities> {
  const { read, write, own, deny } = capabilities.files;
  if (read.length + write.length + own.length + deny.length === 0) return capabilities;
  const all = async (paths: readonly string[], field: string): Promise<readonly string[]> =>
    await Promise.all(paths.map((path) => realRoot(path, field, files)));
  return {
    ...capabilities,
    files: {
      read: await all(read, "files.read"),
      write: await all(write, "files.write"),
      own: await all(own, "files.own"),
      deny: await all(deny, "files.deny"),
    },
  };
}

/** Resolves the longest part of a path that exists; what does not exist yet is kept as written. */
async function realRoot(path: string, field: string, files: Pick<Files, "realPath">): Promise<string> {
  if (pathSegments(path) === undefined) {
    throw new CapabilityInvalidError(`${field} holds a path that is not absolute, or has a ".." in it`, {
      details: { field },
    });
  }
  let head = path;
  let tail = "";
  for (;;) {
    try {
      return (await files.realPath(head)) + tail;
    } catch (cause) {
      if (!isAbsent(cause)) {
        throw new CapabilityInvalidError(`${field} holds a path that cannot be resolved`, {
          details: { field },
          cause,
        });
      }
      const cut = Math.max(head.lastIndexOf("/"), head.lastIndexOf("\\"));
      if (cut <= 0) return path;
      tail = head.slice(cut) + tail;
      head = head.slice(0, cut);
    }
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
