/**
 * Widens and narrows rights. Pure. Widening never lifts a denial that is wider than what is granted, and narrowing takes at least
 * what it names: where that cannot be written down, it is an error and nothing changes.
 */
import type { Capabilities, CapabilityRequest, IpcScope, Pid } from "@weftos/interface";
import { CapabilityInvalidError } from "../process-errors.ts";
import { intersectScopes, union } from "./attenuate.ts";
import { isWithin, pathSegments } from "./file-root.ts";
import { covers } from "./glob-cover.ts";

const flags = ["canSpawn", "canIpc", "canExecTools", "canNetwork"] as const;

/** Adds what `more` names: flags that are true, a wider scope, tools, file roots. @throws CAPABILITY_INVALID */
export function widen(held: Capabilities, more: CapabilityRequest): Capabilities {
  for (const flag of flags) {
    if (more[flag] === false) throw invalid(flag, "a grant cannot take a right: revoke it");
  }
  if (more.tools?.deny !== undefined) throw invalid("tools.deny", "a grant cannot deny: revoke instead");
  if (more.files?.deny !== undefined) throw invalid("files.deny", "a grant cannot deny: revoke instead");
  const { tools, files } = held;
  const allow = more.tools?.allow ?? [];
  const { read = [], write = [], own = [] } = more.files ?? {};
  const roots = [...read, ...write, ...own];
  return {
    canSpawn: held.canSpawn || more.canSpawn === true,
    canIpc: held.canIpc || more.canIpc === true,
    canExecTools: held.canExecTools || more.canExecTools === true,
    canNetwork: held.canNetwork || more.canNetwork === true,
    ipcScope: more.ipcScope === undefined ? held.ipcScope : joinScopes(held.ipcScope, more.ipcScope),
    tools: { allow: union(tools.allow, allow), deny: lifted(tools.deny, allow, covers, "tools.allow") },
    files: {
      read: union(files.read, read),
      write: union(files.write, write),
      own: union(files.own, own),
      deny: lifted(files.deny, roots, holds, "files"),
    },
  };
}

/**
 * Takes what `less` names: flags that are false, what is outside a scope, tools, file roots; `deny` adds denials. `parent` is the
 * PID of the holder's parent.
 *
 * @throws CAPABILITY_INVALID when a root has files in common with one that stays, such as one of `own` for `read`
 */
export function narrow(held: Capabilities, less: CapabilityRequest, parent: Pid): Capabilities {
  for (const flag of flags) {
    if (less[flag] === true) throw invalid(flag, "to revoke a right is to make it false");
  }
  const taken = less.tools?.allow ?? [];
  const allow = held.tools.allow.filter((glob) => !taken.some((other) => covers(other, glob)));
  const { read = [], write = [], own = [], deny = [] } = less.files ?? {};
  const files = {
    read: without(held.files.read, read),
    write: without(held.files.write, write),
    own: without(held.files.own, own),
    deny: union(held.files.deny, deny),
  };
  mustBeGone("files.read", read, [...files.read, ...files.own]);
  mustBeGone("files.write", write, [...files.write, ...files.own]);
  mustBeGone("files.own", own, files.own);
  return {
    canSpawn: held.canSpawn && less.canSpawn !== false,
    canIpc: held.canIpc && less.canIpc !== false,
    canExecTools: held.canExecTools && less.canExecTools !== false,
    canNetwork: held.canNetwork && less.canNetwork !== false,
    ipcScope: less.ipcScope === undefined ? held.ipcScope : intersectScopes(less.ipcScope, held.ipcScope, parent),
    // A wider glob may stay that allows some of what is taken: it is denied.
    tools: { allow, deny: union(union(held.tools.deny, less.tools?.deny ?? []), allow.length === 0 ? [] : taken) },
    files,
  };
}

function joinScopes(held: IpcScope, more: IpcScope): IpcScope {
  if (held.kind === "all" || more.kind === "none") return held;
  if (more.kind === "all" || held.kind === "none") return more;
  if (held.kind === "restricted" && more.kind === "restricted") {
    return { kind: "restricted", pids: [...new Set([...held.pids, ...more.pids])] };
  }
  if (held.kind === "topic" && more.kind === "topic") {
    return { kind: "topic", topics: union(held.topics, more.topics) };
  }
  if (held.kind === more.kind) return held;
  throw invalid("ipcScope", `${held.kind} and ${more.kind} have no scope that holds both`);
}

/** The denials that stay: one that is exactly granted goes, one that holds more than is granted refuses. */
function lifted(
  denied: readonly string[],
  granted: readonly string[],
  holdsAll: (outer: string, inner: string) => boolean,
  field: string,
): readonly string[] {
  const left = denied.filter((denial) => !granted.includes(denial));
  for (const right of granted) {
    const wider = left.find((denial) => holdsAll(denial, right));
    if (wider !== undefined) throw invalid(field, `${right} is denied by ${wider}, which beats every grant`);
  }
  return left;
}

function without(roots: readonly string[], taken: readonly string[]): readonly string[] {
  return roots.filter((root) => !taken.some((outer) => holds(outer, root)));
}

function mustBeGone(field: string, taken: readonly string[], left: readonly string[]): void {
  for (const root of taken) {
    const stays = left.find((other) => holds(other, root) || holds(root, other));
    if (stays !== undefined) {
      throw invalid(
        field,
        `${root} and ${stays}, which stays, have files in common: revoke that too, or deny by files.deny`,
      );
    }
  }
}

function holds(outer: string, inner: string): boolean {
  const [root, path] = [pathSegments(outer), pathSegments(inner)];
  return root !== undefined && path !== undefined && isWithin(path, root);
}

function invalid(field: string, why: string): CapabilityInvalidError {
  return new CapabilityInvalidError(`${field}: ${why}`, { details: { field } });
}
