/** Attenuation: what a process asks for, cut to what its spawner holds. Pure; it never gives what the parent lacks. */
import type { Capabilities, CapabilityRequest, FileGrant, IpcScope, Pid } from "@weftos/interface";
import { rootCapabilities } from "./default-capabilities.ts";
import { isWithin, pathSegments } from "./file-root.ts";
import { intersectGlobs } from "./glob-cover.ts";

/** Fills what a request leaves open with the defaults of a process that the kernel starts. */
export function fillRequest(request?: CapabilityRequest): Capabilities {
  if (request === undefined) return rootCapabilities;
  return {
    canSpawn: request.canSpawn ?? rootCapabilities.canSpawn,
    canIpc: request.canIpc ?? rootCapabilities.canIpc,
    canExecTools: request.canExecTools ?? rootCapabilities.canExecTools,
    canNetwork: request.canNetwork ?? rootCapabilities.canNetwork,
    ipcScope: request.ipcScope ?? rootCapabilities.ipcScope,
    tools: { allow: request.tools?.allow ?? [], deny: request.tools?.deny ?? [] },
    files: {
      read: request.files?.read ?? [],
      write: request.files?.write ?? [],
      own: request.files?.own ?? [],
      deny: request.files?.deny ?? [],
    },
  };
}

/** Cuts `wanted` to what `parent`, whose PID is `parentPid`, holds. */
export function attenuate(wanted: Capabilities, parent: Capabilities, parentPid: Pid): Capabilities {
  return {
    canSpawn: wanted.canSpawn && parent.canSpawn,
    canIpc: wanted.canIpc && parent.canIpc,
    canExecTools: wanted.canExecTools && parent.canExecTools,
    canNetwork: wanted.canNetwork && parent.canNetwork,
    ipcScope: intersectScopes(wanted.ipcScope, parent.ipcScope, parentPid),
    tools: {
      allow: intersectGlobs(wanted.tools.allow, parent.tools.allow),
      deny: union(wanted.tools.deny, parent.tools.deny),
    },
    files: intersectFiles(wanted.files, parent.files),
  };
}

/** Cuts a scope to that of a holder whose PID is `parentPid`. */
export function intersectScopes(wanted: IpcScope, parent: IpcScope, parentPid: Pid): IpcScope {
  if (parent.kind === "all") return wanted;
  if (wanted.kind === "none" || parent.kind === "none") return { kind: "none" };
  if (parent.kind === "parentOnly") {
    if (wanted.kind === "all" || wanted.kind === "parentOnly") return { kind: "parentOnly" };
    return wanted.kind === "restricted" ? restricted(wanted.pids, [parentPid]) : { kind: "none" };
  }
  if (parent.kind === "restricted") {
    if (wanted.kind === "all") return parent;
    if (wanted.kind === "parentOnly") return restricted(parent.pids, [parentPid]);
    return wanted.kind === "restricted" ? restricted(wanted.pids, parent.pids) : { kind: "none" };
  }
  if (wanted.kind === "all") return parent;
  return wanted.kind === "topic"
    ? { kind: "topic", topics: intersectGlobs(wanted.topics, parent.topics) }
    : { kind: "none" };
}

function restricted(pids: readonly Pid[], within: readonly Pid[]): IpcScope {
  return { kind: "restricted", pids: pids.filter((pid) => within.includes(pid)) };
}

function intersectFiles(wanted: FileGrant, parent: FileGrant): FileGrant {
  return {
    read: intersectRoots(wanted.read, [...parent.read, ...parent.own]),
    write: intersectRoots(wanted.write, [...parent.write, ...parent.own]),
    own: intersectRoots(wanted.own, parent.own),
    deny: union(wanted.deny, parent.deny),
  };
}

/** Keeps of each list the roots that lie in a root of the other one. */
function intersectRoots(wanted: readonly string[], held: readonly string[]): readonly string[] {
  const within = (path: string, roots: readonly string[]): boolean => {
    const segments = pathSegments(path);
    return (
      segments !== undefined &&
      roots.some((root) => {
        const outer = pathSegments(root);
        return outer !== undefined && isWithin(segments, outer);
      })
    );
  };
  return union(
    wanted.filter((path) => within(path, held)),
    held.filter((path) => within(path, wanted)),
  );
}

/** Each of both lists, once. */
export function union(left: readonly string[], right: readonly string[]): readonly string[] {
  return [...new Set([...left, ...right])];
}
