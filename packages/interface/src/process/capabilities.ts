import type { Pid } from "../identity/ids.ts";

/**
 * Whom a process may message. `parentOnly` reaches the parent and the children; `restricted` the listed PIDs; `topic` no
 * process, only topics that match one of the globs; all but `all` bind topics and remote nodes as well.
 */
export type IpcScope =
  | { readonly kind: "all" }
  | { readonly kind: "parentOnly" }
  | { readonly kind: "restricted"; readonly pids: readonly Pid[] }
  | { readonly kind: "topic"; readonly topics: readonly string[] }
  | { readonly kind: "none" };

/** Tools by glob on dots; deny beats allow; an empty `allow` allows none. */
export interface ToolGrant {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** Folders and files by absolute path, a folder with all below it, compared by real path; deny beats allow. */
export interface FileGrant {
  readonly read: readonly string[];
  /** Includes removing. */
  readonly write: readonly string[];
  /** The agent's own workspace: read and write, and what rules about "its own" mean. */
  readonly own: readonly string[];
  readonly deny: readonly string[];
}

/**
 * What a process may do through its context. A child never holds more than its parent. On the inline and worker backends
 * this binds what passes the context; the code itself is trusted.
 */
export interface Capabilities {
  readonly canSpawn: boolean;
  readonly canIpc: boolean;
  readonly canExecTools: boolean;
  readonly canNetwork: boolean;
  readonly ipcScope: IpcScope;
  readonly tools: ToolGrant;
  readonly files: FileGrant;
}
