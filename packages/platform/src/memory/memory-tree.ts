/**
 * The nodes of the file system in memory and the way from a path to a node: `/` as separator, absolute paths only,
 * links followed as POSIX does. No permission is enforced: modes are kept and told, as for a superuser.
 */
import { fileError } from "./file-error.ts";
import { type ContentChange, MemoryContent } from "./memory-content.ts";

/** POSIX demands at least 8; Linux gives up after 40. */
const MOST_LINKS = 40;

export class FileNode {
  readonly kind = "file";
  readonly content: MemoryContent;
  /** What a crash leaves; undefined when durability is not followed. */
  readonly durable: MemoryContent | undefined;
  unsynced: ContentChange[] = [];
  mode: number;
  modifiedMs: number;

  constructor(mode: number, modifiedMs: number, followed: boolean, initial?: Uint8Array) {
    this.mode = mode;
    this.modifiedMs = modifiedMs;
    this.content = new MemoryContent(initial);
    this.durable = followed ? new MemoryContent(initial) : undefined;
  }

  change(change: ContentChange, nowMs: number): void {
    this.content.apply(change);
    this.modifiedMs = nowMs;
    if (this.durable !== undefined) this.unsynced.push(change);
  }

  sync(): void {
    for (const change of this.unsynced) this.durable?.apply(change);
    this.unsynced = [];
  }
}

export class FolderNode {
  readonly kind = "folder";
  readonly entries: Map<string, MemoryNode> = new Map();
  /** What a crash leaves; undefined when durability is not followed. */
  durableEntries: ReadonlyMap<string, MemoryNode> | undefined;
  readonly mode: number;
  modifiedMs: number;

  constructor(mode: number, modifiedMs: number, followed: boolean) {
    this.mode = mode;
    this.modifiedMs = modifiedMs;
    this.durableEntries = followed ? new Map() : undefined;
  }

  sync(): void {
    if (this.durableEntries !== undefined) this.durableEntries = new Map(this.entries);
  }
}

export class LinkNode {
  readonly kind = "link";
  readonly target: string;
  readonly modifiedMs: number;

  constructor(target: string, modifiedMs: number) {
    this.target = target;
    this.modifiedMs = modifiedMs;
  }
}

export type MemoryNode = FileNode | FolderNode | LinkNode;

/** Where a path leads: the folder that holds (or would hold) the name, and what is there. */
export interface Place {
  readonly parent: FolderNode;
  /** The last name; empty for the root. */
  readonly name: string;
  readonly node: MemoryNode | undefined;
  /** The path with every link and `..` resolved. */
  readonly path: string;
}

/**
 * Walks to a path. The last name need not exist; all before it must.
 *
 * @param follow - whether a link at the end is followed too
 * @throws `ENOENT`, `ENOTDIR`, `ELOOP`, and `EINVAL` for a relative path
 */
export function walk(root: FolderNode, path: string, follow: boolean, syscall: string): Place {
  if (!path.startsWith("/") || path.includes("\0")) throw fileError("EINVAL", syscall, path);
  const todo = names(path);
  const trail: { readonly name: string; readonly folder: FolderNode }[] = [];
  const current = (): FolderNode => trail.at(-1)?.folder ?? root;
  let links = 0;
  for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
    if (name === "..") {
      trail.pop();
      continue;
    }
    const parent = current();
    const node = parent.entries.get(name);
    const last = todo.length === 0;
    if (node?.kind === "link" && (follow || !last)) {
      links += 1;
      if (links > MOST_LINKS) throw fileError("ELOOP", syscall, path);
      if (node.target.startsWith("/")) trail.length = 0;
      todo.unshift(...names(node.target));
      if (todo.length === 0) break;
      continue;
    }
    if (last && node?.kind !== "folder") {
      return { parent, name, node, path: `/${[...trail.map((step) => step.name), name].join("/")}` };
    }
    if (node === undefined) throw fileError("ENOENT", syscall, path);
    if (node.kind !== "folder") throw fileError("ENOTDIR", syscall, path);
    trail.push({ name, folder: node });
  }
  const parent = trail.at(-2)?.folder ?? root;
  return {
    parent,
    name: trail.at(-1)?.name ?? "",
    node: current(),
    path: `/${trail.map((step) => step.name).join("/")}`,
  };
}

function names(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
