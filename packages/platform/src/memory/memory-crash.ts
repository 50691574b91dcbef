/**
 * What a crash leaves of a file system in memory: what was synced, and of the rest as much as the disk happened to get
 * to. A file keeps a prefix of its changes, cut within a write if need be, or grows by zeros where only its length
 * reached the disk (as file systems with delayed allocation do). A folder keeps its entries as of its last sync, or
 * as they are.
 */
import type { MemoryContent } from "./memory-content.ts";
import { MemoryContent as Content } from "./memory-content.ts";
import { FileNode, FolderNode, type MemoryNode } from "./memory-tree.ts";

/** What the disk got to of changes that no sync covered. */
export interface CrashRest {
  /** Bytes written (a truncation counts one), or entries of a folder changed (0 or all). */
  readonly kept: number;
  /** Whether the bytes that were not kept lie in the file as zeros. @defaultValue false */
  readonly zeroFill?: boolean | undefined;
}

/** Chooses for one file or folder: `changes` is the largest `kept`. */
export type CrashChoice = (node: { readonly kind: "file" | "folder"; readonly changes: number }) => CrashRest;

/** Builds the tree after a crash; the given one is not changed. */
export function treeAfterCrash(root: FolderNode, choose: CrashChoice | undefined): FolderNode {
  const copies = new Map<MemoryNode, MemoryNode>();
  const copyFolder = (folder: FolderNode): FolderNode => {
    const copy = new FolderNode(folder.mode, folder.modifiedMs, true);
    for (const [name, node] of entriesAfterCrash(folder, choose)) {
      const known = copies.get(node) ?? copyNode(node);
      copies.set(node, known);
      copy.entries.set(name, known);
    }
    copy.sync();
    return copy;
  };
  const copyNode = (node: MemoryNode): MemoryNode => {
    if (node.kind === "folder") return copyFolder(node);
    if (node.kind === "link") return node;
    return new FileNode(node.mode, node.modifiedMs, true, bytesAfterCrash(node, choose));
  };
  return copyFolder(root);
}

function entriesAfterCrash(folder: FolderNode, choose: CrashChoice | undefined): ReadonlyMap<string, MemoryNode> {
  const durable = folder.durableEntries ?? folder.entries;
  let changes = 0;
  for (const [name, node] of folder.entries) if (durable.get(name) !== node) changes += 1;
  for (const name of durable.keys()) if (!folder.entries.has(name)) changes += 1;
  if (changes === 0 || choose === undefined) return durable;
  return choose({ kind: "folder", changes }).kept > 0 ? folder.entries : durable;
}

function bytesAfterCrash(node: FileNode, choose: CrashChoice | undefined): Uint8Array {
  const durable: MemoryContent = node.durable ?? node.content;
  const content = new Content(durable.read(0, durable.size));
  const changes = node.unsynced.reduce((sum, change) => sum + (change.kind === "write" ? change.data.length : 1), 0);
  if (changes === 0 || choose === undefined) return content.read(0, content.size);
  const { kept, zeroFill } = choose({ kind: "file", changes });
  let left = kept;
  for (const change of node.unsynced) {
    if (left <= 0) break;
    if (change.kind === "write") {
      content.write(change.offset, change.data.subarray(0, left));
      left -= change.data.length;
    } else {
      content.truncate(change.size);
      left -= 1;
    }
  }
  if (zeroFill === true && content.size < node.content.size) content.truncate(node.content.size);
  return content.read(0, content.size);
}
