/**
 * Answers whether a subject holds the rights of an action. The kernel holds all, a principal its role, a process its
 * capabilities, anybody else nothing. Called for every message, so it reads a compiled form and makes no object when it
 * agrees.
 */
import {
  type ActionDeclaration,
  type ActionRequest,
  type CapabilityCheck,
  type CapabilityRefusal,
  type JsonValue,
  KERNEL_PID,
  type Pid,
  type Right,
  type Role,
  type Subject,
} from "@weftos/interface";
import { type Glob, safeParse } from "@weftos/schema";
import type { ProcessTable } from "../table/process-table.ts";
import { type StoredRights, storedRightsSchema } from "./capability-schema.ts";
import { type CompiledCapabilities, compileCapabilities } from "./compile-capabilities.ts";
import { isWithinAny, pathSegments } from "./file-root.ts";

/** A process, as far as its rights need it. */
interface Holder {
  readonly pid: Pid;
  readonly parent: Pid | undefined;
  readonly compiled: CompiledCapabilities;
}

const ranks: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, approver: 2, admin: 3 };

export class CapabilityChecker implements CapabilityCheck {
  readonly #table: ProcessTable;

  constructor(table: ProcessTable) {
    this.#table = table;
  }

  check(request: ActionRequest, declaration: ActionDeclaration): CapabilityRefusal {
    const { subject } = request;
    if (subject.kind === "process") {
      const entry = this.#table.byId(subject.id);
      if (entry === undefined) return `there is no process ${subject.id.slice(0, 32)}`;
      if (entry.state === "exited") return `process ${entry.pid} has exited`;
      return this.#checkProcess(entry, request, declaration.rights);
    }
    if (subject.kind === "kernel") return undefined;
    if (subject.kind === "principal") return checkRole(subject.role, declaration);
    return `a ${subject.kind} holds no rights here`;
  }

  snapshot(subject: Subject): JsonValue {
    if (subject.kind === "kernel") return { kind: "kernel" };
    if (subject.kind === "principal") {
      return subject.role === undefined ? null : { kind: "principal", role: subject.role };
    }
    const entry = subject.kind === "process" ? this.#table.byId(subject.id) : undefined;
    if (entry === undefined || entry.state === "exited") return null;
    const { pid, parent, capabilities } = entry;
    // Through text: the stored form shares nothing with the table.
    return JSON.parse(JSON.stringify({ kind: "process", pid, parent: parent ?? 0, capabilities })) as JsonValue;
  }

  checkSnapshot(snapshot: JsonValue, request: ActionRequest, declaration: ActionDeclaration): CapabilityRefusal {
    const read = safeParse(storedRightsSchema, snapshot, "the stored rights");
    if (!read.ok) return "the stored rights cannot be read, which refuses";
    const rights: StoredRights = read.value;
    if (rights.kind === "kernel") return undefined;
    if (rights.kind === "principal") return checkRole(rights.role, declaration);
    const compiled = compileCapabilities(rights.capabilities);
    return this.#checkProcess({ pid: rights.pid, parent: rights.parent, compiled }, request, declaration.rights);
  }

  #checkProcess(holder: Holder, request: ActionRequest, rights: readonly Right[]): CapabilityRefusal {
    for (const right of rights) {
      const refusal = this.#checkRight(holder, right, request);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  #checkRight(holder: Holder, right: Right, request: ActionRequest): CapabilityRefusal {
    const { compiled } = holder;
    switch (right) {
      case "ipc":
        return this.#checkIpc(holder, request);
      case "tool":
        return checkTool(compiled, request);
      case "files.read":
        return checkFile(compiled, compiled.readRoots, request, "read");
      case "files.write":
        return checkFile(compiled, compiled.writeRoots, request, "write");
      case "network":
        return compiled.canNetwork ? undefined : "the process may not use the network (canNetwork)";
      case "spawn":
        return compiled.canSpawn ? undefined : "the process may not start processes (canSpawn)";
      default:
        return "this is for operators, never for a process";
    }
  }

  #checkIpc({ pid, parent, compiled }: Holder, { attributes }: ActionRequest): CapabilityRefusal {
    // The router says so only of an answer to a request that waits. Who is asked by the kernel may always answer.
    const isAnswer = attributes.reply === true;
    if (isAnswer && attributes.pid === KERNEL_PID) return undefined;
    if (!compiled.canIpc) return "the process may not send messages (canIpc)";
    if (compiled.scope === "all" || isAnswer) return undefined;
    const target = attributes.pid;
    if (typeof target === "number") {
      if (compiled.scope === "restricted" && compiled.pids.has(target)) return undefined;
      if (compiled.scope === "parentOnly") {
        if (target === parent || this.#table.entry(target as Pid)?.parent === pid) return undefined;
      }
      return `process ${target} is outside the message scope (${compiled.scope})`;
    }
    const topic = attributes.topic;
    if (typeof topic === "string" && compiled.scope === "topic" && matchesAny(compiled.topics, topic)) return undefined;
    const what = typeof topic === "string" ? "the topic" : typeof attributes.node === "string" ? "the node" : "that";
    return `${what} is outside the message scope (${compiled.scope})`;
  }
}

function checkRole(role: Role | undefined, declaration: ActionDeclaration): CapabilityRefusal {
  if (role !== undefined && ranks[role] >= ranks[declaration.role]) return undefined;
  return `the role ${declaration.role} is needed, the principal has ${role ?? "none"}`;
}

function checkTool(compiled: CompiledCapabilities, { action, attributes }: ActionRequest): CapabilityRefusal {
  if (!compiled.canExecTools) return "the process may not call tools (canExecTools)";
  const tool = attributes.tool;
  const name = typeof tool === "string" ? tool : action;
  if (matchesAny(compiled.toolDeny, name)) return `the tool ${name} is denied (tools.deny)`;
  return matchesAny(compiled.toolAllow, name) ? undefined : `the tool ${name} is not granted (tools.allow)`;
}

function checkFile(
  compiled: CompiledCapabilities,
  roots: CompiledCapabilities["readRoots"],
  { attributes }: ActionRequest,
  verb: "read" | "write",
): CapabilityRefusal {
  const path = attributes.path;
  const segments = typeof path === "string" ? pathSegments(path) : undefined;
  if (segments === undefined) return "the action names no absolute path";
  if (isWithinAny(segments, compiled.denyRoots)) return "the path is denied (files.deny)";
  return isWithinAny(segments, roots) ? undefined : `the path is not granted (files.${verb})`;
}

function matchesAny(globs: readonly Glob[], name: string): boolean {
  for (const glob of globs) {
    if (glob.matches(name)) return true;
  }
  return false;
}
