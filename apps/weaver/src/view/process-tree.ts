/** Draws processes as the tree of who spawned whom. */
import type { JsonObject } from "@weftos/interface";
import { numberOf } from "./fields.ts";

/** A process and the branch characters before its name. */
export interface TreeLine {
  readonly branch: string;
  readonly process: JsonObject;
}

/**
 * Orders processes parent before children, siblings by PID. One whose parent is not listed stands at the root, so that
 * nothing is lost; a cycle, which only a broken daemon sends, hangs on no root and is left out.
 */
export function processTree(processes: readonly JsonObject[]): readonly TreeLine[] {
  const known = new Set(processes.map((process) => process.pid));
  const children = new Map<unknown, JsonObject[]>();
  for (const process of processes) {
    const { pid, parent } = process;
    const root = parent === undefined || parent === null || parent === pid || !known.has(parent);
    const siblings = children.get(root ? undefined : parent) ?? [];
    siblings.push(process);
    children.set(root ? undefined : parent, siblings);
  }
  const lines: TreeLine[] = [];
  const walk = (parent: unknown, before: string, depth: number): void => {
    const siblings = (children.get(parent) ?? []).sort((a, b) => (numberOf(a.pid) ?? 0) - (numberOf(b.pid) ?? 0));
    for (const [index, process] of siblings.entries()) {
      const last = index === siblings.length - 1;
      lines.push({ branch: depth === 0 ? "" : `${before}${last ? "└─ " : "├─ "}`, process });
      walk(process.pid, depth === 0 ? "" : `${before}${last ? "   " : "│  "}`, depth + 1);
    }
  };
  walk(undefined, "", 0);
  return lines;
}
