/**
 * What `kernel.process`, the methods and the agents' contexts call: input checked, the guard asked under the caller's
 * name, then the supervisor told.
 */
import {
  type AgentHandle,
  type AgentSource,
  type Attributes,
  type EventSource,
  type Files,
  type Guard,
  type GuardedCall,
  KERNEL_PID,
  type Pid,
  type ProcessInfo,
  type ProcessRef,
  type SpawnBackend,
  type SpawnOptions,
  type Subject,
} from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import { pidOf } from "./agent/process-ref.ts";
import { inputProblem } from "./input-invalid.ts";
import type { BackendInfo, ProcessEvents, Processes, StopOptions } from "./processes.ts";
import { readSpawn, type SpawnRequest, specOf } from "./spawn-request.ts";
import type { Handle } from "./supervision/child.ts";
import type { Supervisor } from "./supervision/supervisor.ts";
import type { ProcessEntry } from "./table/process-entry.ts";
import type { ProcessTable } from "./table/process-table.ts";

/** What the service asks of its kernel. */
export interface ServiceDeps {
  readonly table: ProcessTable;
  readonly supervisor: Supervisor;
  readonly guard: Guard;
  /** The host's files, on which grants are resolved. */
  readonly files: Pick<Files, "realPath">;
  readonly backends: () => readonly SpawnBackend[];
  readonly events: EventSource<ProcessEvents>;
}

type ProcessVerb = "stop" | "kill" | "suspend" | "resume" | "restart";

const kernelSubject: Subject = { kind: "kernel", id: "0" };
const stopOptionsSchema = z.strictObject({
  graceful: z.optional(z.boolean()),
  timeoutMs: z.optional(z.int().check(z.minimum(0), z.maximum(24 * 60 * 60 * 1000))),
});

export class ProcessService implements Processes {
  readonly #deps: ServiceDeps;

  constructor(deps: ServiceDeps) {
    this.#deps = deps;
  }

  get events(): EventSource<ProcessEvents> {
    return this.#deps.events;
  }

  async spawn<M>(agent: AgentSource<M>, options?: SpawnOptions): Promise<AgentHandle<M>> {
    const parent = this.#deps.table.entry(KERNEL_PID);
    if (parent === undefined) throw new Error("the kernel is always in its table");
    return (await this.spawnFrom(parent, agent as AgentSource, options)) as AgentHandle<M>;
  }

  /** Starts an agent as the child of a process, in whose name the guard is asked. */
  async spawnFrom(parent: ProcessEntry, source: AgentSource, options: SpawnOptions | undefined): Promise<AgentHandle> {
    const request = readSpawn(source, options);
    const { signal } = request.options;
    signal?.throwIfAborted();
    const isKernel = parent.pid === KERNEL_PID;
    let handle: Handle | undefined;
    const call: GuardedCall<Handle> = {
      action: "process.spawn",
      subject: isKernel ? kernelSubject : { kind: "process", id: String(parent.pid) },
      resource: `agent:${request.name}`,
      attributes: attributesOf(request, parent.pid),
      ...(isKernel ? {} : { actor: { pid: parent.pid, agent: parent.name }, display: displayOf(request) }),
      signal,
      summary: ({ pid }) => ({ pid, parent: parent.pid, agent: request.name, backend: request.backend }),
    };
    try {
      return await this.#deps.guard.perform(call, async () => {
        handle = await this.#start(request, parent, signal);
        return handle;
      });
    } catch (error) {
      // It runs, but no record says so: it must not.
      if (handle !== undefined) await this.#deps.supervisor.stop(handle.pid, { graceful: false, cause: "supervisor" });
      throw error;
    }
  }

  find(process: ProcessRef<never>): ProcessInfo | undefined {
    return this.#deps.table.find(pidOf(process));
  }

  list(): readonly ProcessInfo[] {
    return this.#deps.table.list();
  }

  handle(process: ProcessRef<never>): AgentHandle | undefined {
    return this.#deps.table.entry(pidOf(process))?.handle;
  }

  async stop(process: ProcessRef<never>, options?: StopOptions, as: Subject = kernelSubject): Promise<void> {
    const checked = parse(stopOptionsSchema, options ?? {}, { what: "the options of stop", error: inputProblem });
    const pid = this.#target(process);
    const { graceful, timeoutMs } = checked;
    await this.#guarded("stop", pid, as, () =>
      this.#deps.supervisor.stop(pid, {
        ...(graceful === undefined ? {} : { graceful }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      }),
    );
  }

  async kill(process: ProcessRef<never>, as: Subject = kernelSubject): Promise<void> {
    const pid = this.#target(process);
    await this.#guarded("kill", pid, as, () => this.#deps.supervisor.kill(pid));
  }

  async suspend(process: ProcessRef<never>, as: Subject = kernelSubject): Promise<void> {
    const pid = this.#target(process);
    await this.#guarded("suspend", pid, as, () => this.#deps.supervisor.suspend(pid));
  }

  async resume(process: ProcessRef<never>, as: Subject = kernelSubject): Promise<void> {
    const pid = this.#target(process);
    await this.#guarded("resume", pid, as, () => this.#deps.supervisor.resume(pid));
  }

  async restart(process: ProcessRef<never>, as: Subject = kernelSubject): Promise<AgentHandle> {
    const pid = this.#target(process);
    const handle = this.#deps.table.require(pid).handle;
    const { pid: newPid } = await this.#guarded(
      "restart",
      pid,
      as,
      () => this.#deps.supervisor.restart(pid),
      (restarted) => ({ oldPid: pid, newPid: restarted.pid, count: restarted.count, backoffMs: 0 }),
    );
    return handle ?? { pid: newPid, name: "", exited: Promise.resolve({ kind: "normal" }) };
  }

  reap(process?: ProcessRef<never>): readonly ProcessInfo[] {
    return this.#deps.table.reap(process === undefined ? undefined : pidOf(process));
  }

  backends(): readonly BackendInfo[] {
    return this.#deps.backends().map(({ name, confines }) => ({ name, confines }));
  }

  async #start(request: SpawnRequest, parent: ProcessEntry, signal: AbortSignal | undefined): Promise<Handle> {
    const spec = await specOf(request, parent, this.#deps.files);
    return await this.#deps.supervisor.spawn(spec, signal);
  }

  #target(process: ProcessRef<never>): Pid {
    return this.#deps.table.require(pidOf(process)).pid;
  }

  async #guarded<T>(
    verb: ProcessVerb,
    pid: Pid,
    subject: Subject,
    run: () => T | Promise<T>,
    summary?: GuardedCall<T>["summary"],
  ): Promise<T> {
    const agent = this.#deps.table.require(pid).name;
    return await this.#deps.guard.perform(
      { action: `process.${verb}`, subject, resource: `process:${pid}`, attributes: { pid, agent }, summary },
      run,
    );
  }
}

function attributesOf({ source, name, backend }: SpawnRequest, parent: Pid): Attributes {
  const attributes = { agent: name, backend, parent };
  // A `data:` URL holds the whole module: its beginning is told.
  return source instanceof URL ? { ...attributes, module: source.href.slice(0, 512) } : attributes;
}

/** What an approver is shown, and bound to: the kernel is never deferred, so only a process's wish is put into words. */
function displayOf({ source, name, backend, options }: SpawnRequest): string {
  const { capabilities, restart, input } = options;
  const module = source instanceof URL ? source.href : "a definition in the program";
  return JSON.stringify({ agent: name, module, backend, capabilities, restart, input }, null, 2);
}
