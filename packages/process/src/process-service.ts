/**
 * What `kernel.process`, the methods and the agents' contexts call: input checked, the guard asked under the caller's
 * name, then the supervisor told.
 */
import {
  type AgencyRole,
  type AgentDefinition,
  type AgentHandle,
  type AgentSource,
  type Attributes,
  type Capabilities,
  type CapabilityRequest,
  type Clock,
  type EventSource,
  type Files,
  type Grant,
  type Guard,
  type GuardedCall,
  type JsonObject,
  KERNEL_PID,
  type Logger,
  type ModuleName,
  type MonitorRef,
  type Pid,
  type ProcessInfo,
  type ProcessRef,
  type ResourceLimits,
  type SpawnBackend,
  type SpawnOptions,
  type StandingTerms,
  type Subject,
  type SupervisorHandle,
  type SupervisorSpec,
} from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import { isAgentDefinition } from "./agent/load-agent.ts";
import { locateAgent } from "./agent/locate-agent.ts";
import { pidOf } from "./agent/process-ref.ts";
import type { BackendChoice } from "./backends/find-backend.ts";
import type { BudgetService } from "./budget/budget-service.ts";
import type { Ledger } from "./budget/ledger.ts";
import type { Agency } from "./capability/agency.ts";
import type { RightsService } from "./capability/rights-service.ts";
import { inputProblem } from "./input-invalid.ts";
import type { BackendInfo, Elevated, ElevateOptions, ProcessEvents, Processes, StopOptions } from "./processes.ts";
import { shownEnvironment } from "./shown-environment.ts";
import { readSpawn, type SpawnRequest, specOf, withBackend } from "./spawn-request.ts";
import type { Child, ChildSpec } from "./supervision/child.ts";
import { recoveryOfTree, TREE, treeOf } from "./supervision/recover-tree.ts";
import { rightsHolder } from "./supervision/rights-holder.ts";
import { SUPERVISOR, SupervisorTree } from "./supervision/supervise.ts";
import { SupervisionHandle } from "./supervision/supervision-handle.ts";
import type { Supervisor } from "./supervision/supervisor.ts";
import { type CheckedSupervisor, readSupervisor } from "./supervision/supervisor-spec.ts";
import type { ProcessEntry } from "./table/process-entry.ts";
import type { JournalEntry, ProcessJournal } from "./table/process-journal.ts";
import type { ProcessTable } from "./table/process-table.ts";

/** What the service asks of its kernel. */
export interface ServiceDeps {
  readonly table: ProcessTable;
  readonly supervisor: Supervisor;
  readonly guard: Guard;
  /** The host's files, on which grants are resolved. */
  readonly files: Pick<Files, "realPath" | "read">;
  /** Absolute path of the folder from which modules are named. */
  readonly folder: string;
  readonly choice: BackendChoice;
  readonly agency: Agency;
  readonly rights: RightsService;
  readonly budgets: BudgetService;
  readonly ledger: Pick<Ledger, "claim">;
  readonly journal: Pick<ProcessJournal, "flushed">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly backends: () => readonly SpawnBackend[];
  readonly events: EventSource<ProcessEvents>;
}

type ProcessVerb = "stop" | "kill" | "suspend" | "resume" | "restart";

const kernelSubject: Subject = { kind: "kernel", id: "0" };
const stopOptionsSchema = z.strictObject({
  graceful: z.optional(z.boolean()),
  timeoutMs: z.optional(z.int().check(z.minimum(0), z.maximum(24 * 60 * 60 * 1000))),
});

/** What a plain spawn of a definition comes to. */
interface Plain {
  readonly spec: ChildSpec;
  readonly attributes: Attributes;
  readonly resource: string;
}

/** What a live process has used in this start. */
export interface ProcessUsage {
  /** Milliseconds of processor time; undefined where it is the kernel's own. */
  readonly cpuMs: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly wallMs: number | undefined;
  /** Messages that wait. */
  readonly mailbox: number;
  readonly sent: number;
  readonly toolCalls: number;
  /** Id of the budget from which it spends. */
  readonly account: number;
  readonly limits: ResourceLimits;
  readonly agency: AgencyRole | undefined;
}

export class ProcessService implements Processes {
  readonly #deps: ServiceDeps;
  readonly #plain = new WeakMap<AgentDefinition<unknown>, Plain>();
  /** Handles of supervisors, for those that did not make them. */
  readonly #trees = new WeakMap<Child, SupervisorHandle>();

  constructor(deps: ServiceDeps) {
    this.#deps = deps;
  }

  get events(): EventSource<ProcessEvents> {
    return this.#deps.events;
  }

  get budgets(): BudgetService {
    return this.#deps.budgets;
  }

  /** Milliseconds UTC. */
  now(): number {
    return this.#deps.clock.now();
  }

  /** What it has used, as far as its backend can tell; undefined when it has ended. */
  usage(process: ProcessRef<never>): ProcessUsage | undefined {
    const pid = pidOf(process);
    const child = this.#deps.supervisor.find(pid);
    const entry = this.#deps.table.entry(pid);
    if (entry === undefined || child?.run?.entry !== entry) return undefined;
    const { run, spec } = child;
    const { sent, toolCalls, account } = entry;
    const { cpuMs, memoryBytes, wallMs } = run.agent?.usage() ?? {};
    return {
      cpuMs,
      memoryBytes,
      wallMs,
      mailbox: run.context.inbox.depth,
      sent,
      toolCalls,
      account,
      limits: spec.limits,
      agency: spec.agency,
    };
  }

  async spawn<M>(agent: AgentSource<M> | ModuleName, options?: SpawnOptions): Promise<AgentHandle<M>> {
    return (await this.spawnFrom(this.#kernelEntry(), agent as AgentSource | ModuleName, options)) as AgentHandle<M>;
  }

  /** Starts an agent as the child of a process, in whose name the guard is asked. */
  async spawnFrom(
    parent: ProcessEntry,
    given: AgentSource | ModuleName,
    options: SpawnOptions | undefined,
    as?: Subject,
  ): Promise<AgentHandle> {
    const plain =
      as === undefined && options === undefined && parent.pid === KERNEL_PID && isAgentDefinition(given)
        ? given
        : undefined;
    if (plain !== undefined) return await this.#spawnPlain(plain, parent);
    const located = await locateAgent(given, options, this.#deps);
    const holder = rightsHolder(parent, this.#deps.table);
    const request = withBackend(readSpawn(located.source, located.options), holder, this.#deps.choice);
    const { signal } = request.options;
    signal?.throwIfAborted();
    const isKernel = parent.pid === KERNEL_PID;
    const call: GuardedCall<Child> = {
      ...this.#callOf(parent, request.name),
      ...(as === undefined ? {} : { subject: as, actor: undefined }),
      attributes: attributesOf(request, parent.pid),
      ...(isKernel && as === undefined ? {} : { display: displayOf(request), standing: standingOf(request) }),
      signal,
      summary: ({ handle: { pid } }) => ({ pid, parent: parent.pid, agent: request.name, backend: request.backend }),
    };
    const child = await this.#performStart(call, async () => {
      const spec = await specOf(request, parent, this.#deps, holder);
      return await this.#deps.supervisor.spawn(spec, signal);
    });
    return child.handle;
  }

  /** Starts a definition without options: what follows from it is worked out once. */
  async #spawnPlain(source: AgentDefinition<unknown>, parent: ProcessEntry): Promise<AgentHandle> {
    let plain = this.#plain.get(source);
    if (plain === undefined || plain.spec.name !== source.name) {
      const request = withBackend(readSpawn(source, undefined), parent, this.#deps.choice);
      plain = {
        spec: await specOf(request, parent, this.#deps),
        attributes: attributesOf(request, parent.pid),
        resource: `agent:${request.name}`,
      };
      this.#plain.set(source, plain);
    }
    const { spec, attributes, resource } = plain;
    const { name, backend } = spec;
    const call: GuardedCall<Child> = {
      action: "process.spawn",
      subject: kernelSubject,
      resource,
      attributes,
      summary: ({ handle: { pid } }) => ({ pid, parent: KERNEL_PID, agent: name, backend }),
    };
    return (await this.#performStart(call, () => this.#deps.supervisor.spawn(spec))).handle;
  }

  /** Starts an agent for somebody, as the child of a process; its rights are cut to that process's. */
  async spawnBelow(
    parent: ProcessRef<never>,
    agent: ModuleName,
    options: SpawnOptions,
    as: Subject,
  ): Promise<AgentHandle> {
    const pid = pidOf(parent);
    const entry = pid === KERNEL_PID ? this.#kernelEntry() : this.#deps.table.require(pid);
    return await this.spawnFrom(entry, agent, options, as);
  }

  async supervise(spec: SupervisorSpec): Promise<SupervisorHandle> {
    return await this.superviseFrom(this.#kernelEntry(), spec);
  }

  /** Starts a supervisor as the child of a process, in whose name the guard is asked. */
  async superviseFrom(parent: ProcessEntry, given: SupervisorSpec): Promise<SupervisorHandle> {
    const spec = readSupervisor(given);
    const shown = shownSupervisor(spec);
    const isKernel = parent.pid === KERNEL_PID;
    let tree: SupervisorTree | undefined;
    const call: GuardedCall<Child> = {
      ...this.#callOf(parent, spec.name),
      attributes: { agent: spec.name, backend: SUPERVISOR, parent: parent.pid, strategy: spec.strategy },
      ...(isKernel
        ? {}
        : {
            display: JSON.stringify(shown, null, 2),
            standing: { kind: "child-spec", name: spec.name, document: shown },
          }),
      summary: ({ handle: { pid } }) => ({ pid, parent: parent.pid, agent: spec.name, backend: SUPERVISOR }),
    };
    const recovery = isKernel ? recoveryOfTree(given) : undefined;
    const child = await this.#performStart(call, async ({ approval }) => {
      tree = new SupervisorTree(spec, { parent, recovery }, approval, this.#deps);
      await this.#deps.supervisor.start(tree.child);
      return tree.child;
    });
    if (tree === undefined) throw new Error(`the supervisor ${child.spec.name} was started without its tree`);
    return this.#handleOf(tree);
  }

  supervisor(process: ProcessRef<never>): SupervisorHandle | undefined {
    const child = this.#deps.supervisor.find(pidOf(process));
    return child === undefined ? undefined : this.#trees.get(child);
  }

  #handleOf(tree: SupervisorTree): SupervisorHandle {
    const handle = new SupervisionHandle(tree);
    this.#trees.set(tree.child, handle);
    return handle;
  }

  /**
   * Starts an agent again that the last kernel lost, under the specification it had.
   *
   * @throws as `spawn`
   */
  async recover({ pid: oldPid, name, restarts, recovery }: JournalEntry): Promise<Pid> {
    if (recovery === undefined) throw new Error(`the agent ${name} has no module to start it from`);
    const parent = this.#kernelEntry();
    if (recovery.module === TREE) return await this.#recoverTree(recovery, { oldPid, name, restarts }, parent);
    const { account, ...options } = recovery.options as JsonObject;
    const wanted = readSpawn(new URL(recovery.module), options);
    const request = withBackend(wanted, parent, this.#deps.choice);
    const call: GuardedCall<Child> = {
      action: "process.restart",
      subject: kernelSubject,
      resource: `process:${oldPid}`,
      attributes: { agent: name, automatic: true, recovered: true },
      summary: ({ handle }) => ({ oldPid, newPid: handle.pid, count: restarts + 1, backoffMs: 0 }),
    };
    const { handle } = await this.#performStart(call, async () => {
      const spec = await specOf(request, parent, this.#deps);
      const kept = typeof account === "number" && this.#deps.ledger.claim(account) ? account : undefined;
      return await this.#deps.supervisor.recover(spec, { pid: oldPid, restarts, account: kept });
    });
    return handle.pid;
  }

  /** Starts a supervisor again with all its children. */
  async #recoverTree(
    recovery: NonNullable<JournalEntry["recovery"]>,
    { oldPid, name, restarts }: { readonly oldPid: number; readonly name: string; readonly restarts: number },
    parent: ProcessEntry,
  ): Promise<Pid> {
    const spec = readSupervisor(treeOf(recovery));
    const call: GuardedCall<Child> = {
      action: "process.restart",
      subject: kernelSubject,
      resource: `process:${oldPid}`,
      attributes: { agent: name, automatic: true, recovered: true },
      summary: ({ handle }) => ({ oldPid, newPid: handle.pid, count: restarts + 1, backoffMs: 0 }),
    };
    const { handle } = await this.#performStart(call, async () => {
      const tree = new SupervisorTree(spec, { parent, recovery }, undefined, this.#deps);
      tree.child.restarts = restarts + 1;
      tree.child.lostPid = oldPid;
      await this.#deps.supervisor.start(tree.child);
      this.#handleOf(tree);
      return tree.child;
    });
    return handle.pid;
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

  async grant(process: ProcessRef<never>, rights: CapabilityRequest, as = kernelSubject): Promise<Capabilities> {
    return await this.#deps.rights.grant(this.#target(process), rights, as);
  }

  async revoke(process: ProcessRef<never>, rights: CapabilityRequest, as = kernelSubject): Promise<Capabilities> {
    return await this.#deps.rights.revoke(this.#target(process), rights, as);
  }

  async elevate(
    process: ProcessRef<never>,
    rights: CapabilityRequest,
    options: ElevateOptions,
    as = kernelSubject,
  ): Promise<Elevated> {
    return await this.#deps.rights.elevate(this.#target(process), rights, options, as);
  }

  reap(process?: ProcessRef<never>): readonly ProcessInfo[] {
    return this.#deps.table.reap(process === undefined ? undefined : pidOf(process));
  }

  link(one: ProcessRef<never>, other: ProcessRef<never>): void {
    this.#deps.supervisor.links.link(pidOf(one), pidOf(other));
  }

  unlink(one: ProcessRef<never>, other: ProcessRef<never>): void {
    this.#deps.supervisor.links.unlink(pidOf(one), pidOf(other));
  }

  monitor(target: ProcessRef<never>, watcher: ProcessRef<never> = KERNEL_PID): MonitorRef {
    return this.#deps.supervisor.links.monitor(pidOf(watcher), pidOf(target));
  }

  demonitor(ref: MonitorRef): boolean {
    return this.#deps.supervisor.links.demonitor(ref);
  }

  backends(): readonly BackendInfo[] {
    return this.#deps.backends().map(({ name, confines, measures }) => ({ name, confines, measures: measures ?? [] }));
  }

  /** Asks the guard and starts; a start that could not be recorded is ended. */
  async #performStart(call: GuardedCall<Child>, start: (grant: Grant) => Promise<Child>): Promise<Child> {
    let child: Child | undefined;
    try {
      return await this.#deps.guard.perform(call, async (grant) => {
        child = await start(grant);
        child.approval = grant.approval;
        // Who is started again after a crash must be known by then.
        if (child.spec.recovery !== undefined) await this.#deps.journal.flushed();
        return child;
      });
    } catch (error) {
      if (child !== undefined) await this.#deps.supervisor.endChild(child, "supervisor");
      throw error;
    }
  }

  #callOf(parent: ProcessEntry, name: string): Pick<GuardedCall<Child>, "action" | "subject" | "resource" | "actor"> {
    const isKernel = parent.pid === KERNEL_PID;
    return {
      action: "process.spawn",
      subject: isKernel ? kernelSubject : { kind: "process", id: String(parent.pid) },
      resource: `agent:${name}`,
      ...(isKernel ? {} : { actor: { pid: parent.pid, agent: parent.name } }),
    };
  }

  #kernelEntry(): ProcessEntry {
    const entry = this.#deps.table.entry(KERNEL_PID);
    if (entry === undefined) throw new Error("the kernel is always in its table");
    return entry;
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
function displayOf(request: SpawnRequest): string {
  return JSON.stringify(documentOf(request), null, 2);
}

/** The child spec for which an approver may grant that it is started again and again; one that differs asks again. */
function standingOf(request: SpawnRequest): StandingTerms {
  return { kind: "child-spec", name: request.name, document: documentOf(request) };
}

function documentOf({ source, name, backend, options }: SpawnRequest): JsonObject {
  const { signal: _, environment, ...rest } = options;
  const module = source instanceof URL ? source.href : "a definition in the program";
  const shown = environment === undefined ? {} : { environment: shownEnvironment(environment) };
  return JSON.parse(JSON.stringify({ agent: name, module, backend, ...rest, ...shown })) as JsonObject;
}

function shownSupervisor({ name, strategy, members, intensity }: CheckedSupervisor): JsonObject {
  const children = members.map(({ id, what }) =>
    what.kind === "agent"
      ? { id, ...documentOf(what.request) }
      : { id, ...shownSupervisor(what.spec), restart: JSON.parse(JSON.stringify(what.restart)) as JsonObject },
  );
  return { supervisor: name, strategy, children, intensity: JSON.parse(JSON.stringify(intensity ?? {})) as JsonObject };
}
