/** What an agent outside the kernel's thread holds of those it started: followed by what its kernel tells of them. */
import type {
  AgentChild,
  AgentHandle,
  AgentSource,
  ExitReason,
  ModuleName,
  OwnSupervisor,
  Pid,
  SpawnOptions,
  SupervisedChild,
  SupervisorChild,
  SupervisorSpec,
} from "@weftos/interface";
import { plainJson } from "../agent/plain-json.ts";
import { notPlain } from "../input-invalid.ts";
import { AgentNotAModuleError } from "../process-errors.ts";
import { childToJson, specToJson } from "../supervision/spec-json.ts";
import type { PortCalls } from "./port-calls.ts";

export class ChildrenApart {
  readonly #calls: PortCalls;
  /** By the call that started them. */
  readonly #handles = new Map<number, ChildHandle>();

  constructor(calls: PortCalls) {
    this.#calls = calls;
  }

  /** @throws AGENT_NOT_A_MODULE for a closure, and what the kernel's spawn throws */
  async spawn(agent: AgentSource | ModuleName, { signal, ...given }: SpawnOptions): Promise<AgentHandle> {
    if (typeof agent !== "string" && !(agent instanceof URL)) throw notAModule(agent.name);
    const module = typeof agent === "string" ? agent : agent.href;
    return await this.#start({ method: "spawn", module, options: defined(given) }, signal);
  }

  async supervise(given: SupervisorSpec): Promise<OwnSupervisor> {
    const spec = specToJson(given);
    if (spec === undefined) throw notAModule(given.name);
    const made = await this.#calls.make({ method: "supervise", spec }, undefined, (value, id) => {
      const handle = new SupervisorApart(value as Started, { id, calls: this.#calls, children: this });
      this.#handles.set(id, handle);
      return handle;
    });
    return made as OwnSupervisor;
  }

  /** Starts a child under a supervisor of this agent. */
  async add(supervisor: number, given: AgentChild | SupervisorChild): Promise<AgentHandle> {
    const child = childToJson(given);
    if (child === undefined) throw notAModule(given.id ?? "a child");
    return await this.#start({ method: "supervisorAdd", supervisor, child });
  }

  /** A child has a new PID. */
  moved(id: number, pid: number): void {
    const handle = this.#handles.get(id);
    if (handle !== undefined) handle.pid = pid as Pid;
  }

  exited(id: number, reason: ExitReason): void {
    this.#handles.get(id)?.settle(reason);
    this.#handles.delete(id);
  }

  async #start(call: Parameters<PortCalls["make"]>[0], signal?: AbortSignal): Promise<AgentHandle> {
    const started = await this.#calls.make(call, signal, (value, id) => {
      const handle = new ChildHandle(value as Started);
      this.#handles.set(id, handle);
      return handle;
    });
    return started as AgentHandle;
  }
}

/** What the kernel tells of a start. */
interface Started {
  readonly pid: Pid;
  readonly name: string;
}

class ChildHandle implements AgentHandle {
  readonly name: string;
  readonly exited: Promise<ExitReason>;
  pid: Pid;
  settle: (reason: ExitReason) => void = () => undefined;

  constructor({ name, pid }: Started) {
    this.name = name;
    this.pid = pid;
    this.exited = new Promise((resolve) => {
      this.settle = resolve;
    });
  }
}

class SupervisorApart extends ChildHandle implements OwnSupervisor {
  readonly #id: number;
  readonly #calls: PortCalls;
  readonly #children: ChildrenApart;

  constructor(
    started: Started,
    edge: { readonly id: number; readonly calls: PortCalls; readonly children: ChildrenApart },
  ) {
    super(started);
    this.#id = edge.id;
    this.#calls = edge.calls;
    this.#children = edge.children;
  }

  async children(): Promise<readonly SupervisedChild[]> {
    const rows = await this.#calls.make({ method: "supervisorChildren", supervisor: this.#id });
    // JSON has no undefined: a child that was never started has no PID.
    return (rows as readonly SupervisedChild[]).map((row) => ({ ...row, pid: row.pid }));
  }

  async add(child: AgentChild | SupervisorChild): Promise<AgentHandle> {
    return await this.#children.add(this.#id, child);
  }

  async remove(id: string): Promise<void> {
    await this.#calls.make({ method: "supervisorRemove", supervisor: this.#id, id });
  }

  async scale(id: string, replicas: number): Promise<void> {
    await this.#calls.make({ method: "supervisorScale", supervisor: this.#id, id, replicas });
  }
}

function notAModule(agent: string): AgentNotAModuleError {
  return new AgentNotAModuleError(
    "an agent outside the kernel's thread can start modules only: a closure does not leave its thread",
    { details: { agent, backend: "worker" } },
  );
}

/** Leaves out what is undefined: JSON has no such value. @throws PROCESS_INPUT_INVALID */
function defined(options: SpawnOptions): SpawnOptions {
  const plain = plainJson(options, (path, received) => notPlain("the options of a spawn", path, received));
  return plain as unknown as SpawnOptions;
}
