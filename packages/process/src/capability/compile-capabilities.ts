/** Capabilities in the form that checks read: globs compiled, paths split, PIDs in a set. */
import type { Capabilities, IpcScope } from "@weftos/interface";
import { compileGlob, type Glob } from "@weftos/schema";
import { CapabilityInvalidError } from "../process-errors.ts";
import { type PathSegments, pathSegments } from "./file-root.ts";

export interface CompiledCapabilities {
  /** What was compiled. */
  readonly source: Capabilities;
  readonly canSpawn: boolean;
  readonly canIpc: boolean;
  readonly canExecTools: boolean;
  readonly canNetwork: boolean;
  readonly scope: IpcScope["kind"];
  readonly pids: ReadonlySet<number>;
  readonly topics: readonly Glob[];
  readonly toolAllow: readonly Glob[];
  readonly toolDeny: readonly Glob[];
  readonly readRoots: readonly PathSegments[];
  readonly writeRoots: readonly PathSegments[];
  readonly denyRoots: readonly PathSegments[];
}

/** Most processes share their capabilities object with many others, so its compiled form is shared too. */
const compiled = new WeakMap<Capabilities, CompiledCapabilities>();

/** @throws CAPABILITY_INVALID when a glob or a path has no meaning */
export function compileCapabilities(capabilities: Capabilities): CompiledCapabilities {
  const known = compiled.get(capabilities);
  if (known !== undefined) return known;
  const made = compile(capabilities);
  compiled.set(capabilities, made);
  return made;
}

function compile(capabilities: Capabilities): CompiledCapabilities {
  const { canSpawn, canIpc, canExecTools, canNetwork, ipcScope, tools, files } = capabilities;
  return {
    source: capabilities,
    canSpawn,
    canIpc,
    canExecTools,
    canNetwork,
    scope: ipcScope.kind,
    pids: new Set(ipcScope.kind === "restricted" ? ipcScope.pids : []),
    topics: globs(ipcScope.kind === "topic" ? ipcScope.topics : [], "ipcScope.topics"),
    toolAllow: globs(tools.allow, "tools.allow"),
    toolDeny: globs(tools.deny, "tools.deny"),
    readRoots: roots([...files.read, ...files.own], "files.read"),
    writeRoots: roots([...files.write, ...files.own], "files.write"),
    denyRoots: roots(files.deny, "files.deny"),
  };
}

function globs(patterns: readonly string[], field: string): readonly Glob[] {
  return patterns.map((pattern) => {
    try {
      return compileGlob(pattern);
    } catch (cause) {
      throw new CapabilityInvalidError(`${field} holds a pattern that is no glob`, { details: { field }, cause });
    }
  });
}

function roots(paths: readonly string[], field: string): readonly PathSegments[] {
  return paths.map((path) => {
    const segments = pathSegments(path);
    if (segments !== undefined) return segments;
    throw new CapabilityInvalidError(`${field} holds a path that is not absolute, or has a ".." in it`, {
      details: { field },
    });
  });
}
