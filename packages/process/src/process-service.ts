/**
 * What `kernel.process`, the methods and the agents' contexts call: input checked, the guard asked under the caller's
 * name, then the supervisor told.
 */
import {
  type AgencyRole,
  type AgentHandle,
  type AgentProfile,
  type AgentSource,
  type Capabilities,
  type CapabilityRequest,
  type Clock,
  type Elevated,
  type ElevateOptions,
  type EventSource,
  type Guard,
  type GuardedCall,
  KERNEL_PID,
  type LimitName,
  type ModuleName,
  type MonitorRef,
  type Pid,
  type ProcessInfo,
  type ProcessRef,
  type ResourceLimits,
  type SpawnBackend,
  type SpawnOptions,
  type Subject,
  type SupervisorHandle,
  type SupervisorSpec,
} from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import { type Acting, askedBy } from "./acting.ts";
import { pidOf } from "./agent/process-ref.ts";
import type { BudgetService } from "./budget/budget-service.ts";
import type { Elevation } from "./capability/agent-rights.ts";
import type { RightsService } from "./capability/rights-service.ts";
import { inputProblem } from "./input-invalid.ts";
import type { BackendInfo, ProcessEvents, Processes, StopOptions } from "./processes.ts";
import type { StartService } from "./start-service.ts";
import type { Child } from "./supervision/child.ts";
import type { FullRestartPolicy } from "./supervision/restart-intensity.ts";
import type { Supervisor } from "./supervision/supervisor.ts";
import type { ProcessEntry } from "./table/process-entry.ts";
import type { ProcessTable } from "./table/process-table.ts";

/** What the service asks of its kernel. */
export interface ServiceDeps {
  readonly table: ProcessTable;
  readonly supervisor: Supervisor;
  readonly starts: StartService;
  readonly guard: Guard;
  readonly rights: RightsService;
  readonly budgets: BudgetService;
  readonly clock: Clock;
  readonly backends: () => readonly SpawnBackend[];
  readonly events: EventSource<ProcessEvents>;
  /** Bytes that a process keeps on disk, as far as it has asked for them. */
  readonly diskBytes: (pid: Pid) => number;
}

type ProcessVerb = "stop" | "kill" | "suspend" | "resume" | "restart";

const kernelSubject: Subject = { kind: "kernel", id: "0" };
const stopOptionsSchema = z.lazy(() =>
  z.strictObject({
    graceful: z.optional(z.boolean()),
    timeoutMs: z.optional(z.int().check(z.minimum(0), z.maximum(24 * 60 * 60 * 1000))),
  }),
);

/** What a live process has used in this start. */
export interface ProcessUsage {
  /** Milliseconds of processor time; undefined where it is the kernel's own. */
  readonly cpuMs: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly wallMs: number | undefined;
  /** Of its state, as far as it has asked for it. */
  readonly diskBytes: number;
  /** Messages that wait. */
  readonly mailbox: number;
  readonly sent: number;
  readonly toolCalls: number;
  /** Id of the budget from which it spends. */
  readonly account: number;
  /** Those in force. */
  readonly limits: ResourceLimits;
  /** Which of these it was not given. */
  readonly defaultLimits: readonly LimitName[];
  /** Rights for a time, which it has still. */
  readonly elevations: readonly Elevation[];
  readonly agency: AgencyRole | undefined;
  readonly profile: AgentProfile | undefined;
  /** When it is started again, and how many restarts of its window are used. */
  readonly restart: FullRestartPolicy & { readonly used: number };
  readonly probes: SpawnOptions["probes"];
  /** Most messages that may wait. */
  readonly mailboxLimit: number;
  /** Those that it receives from its start on. */
  readonly topics: SpawnOptions["topics"];
}

export class ProcessService implements Processes {
  readonly #deps: ServiceDeps;

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
    if (child?.run === undefined || this.#deps.table.entry(pid) !== child.run) return undefined;
    const { run, spec } = child;
    const { account, context, startedAt } = run;
    // Of code on its own thread the kernel knows only since when it runs.
    const { cpuMs, memoryBytes, wallMs = this.now() - startedAt } = run.agent?.usage() ?? {};
    const backend = this.#deps.backends().find(({ name }) => name === spec.backend);
    const limits =
      backend === undefined || spec.kind === "supervisor"
        ? spec.limits
        : this.#deps.supervisor.limitsOf(child, backend);
    const names = Object.keys(limits) as LimitName[];
    return {
      cpuMs,
      memoryBytes,
      diskBytes: this.#deps.diskBytes(pid),
      wallMs: context === undefined ? undefined : wallMs,
      mailbox: context?.inbox.depth ?? 0,
      sent: context?.sent ?? 0,
      toolCalls: context?.toolCalls ?? 0,
      account,
      limits,
      defaultLimits: names.filter((name) => limits[name] !== undefined && spec.limits[name] === undefined),
      elevations: child.elevations,
      agency: spec.agency,
      profile: spec.profile,
      restart: { ...spec.restart, used: this.#restartsOf(child) },
      probes: spec.probes,
      mailboxLimit: spec.mailboxLimit,
      topics: spec.topics,
    };
  }

  #restartsOf({ failureTimes, spec }: Child): number {
    const from = this.now() - spec.restart.withinMs;
    return failureTimes.filter((time) => time > from).length;
  }

  spawn<M>(agent: AgentSource<M> | ModuleName, options?: SpawnOptions): Promise<AgentHandle<M>> {
    const started = this.#deps.starts.spawn(this.#kernelEntry(), agent as AgentSource | ModuleName, options);
    return started as Promise<AgentHandle<M>>;
  }

  /** Starts an agent for somebody, as the child of a process; its rights are cut to that process's. */
  async spawnBelow(
    parent: ProcessRef<never>,
    agent: ModuleName,
    options: SpawnOptions,
    as: Acting,
  ): Promise<AgentHandle> {
    const pid = pidOf(parent);
    const entry = pid === KERNEL_PID ? this.#kernelEntry() : this.#deps.table.require(pid);
    return await this.#deps.starts.spawn(entry, agent, options, as);
  }

  async supervise(spec: SupervisorSpec): Promise<SupervisorHandle> {
    return await this.#deps.starts.supervise(this.#kernelEntry(), spec);
  }

  supervisor(process: ProcessRef<never>): SupervisorHandle | undefined {
    return this.#deps.starts.supervisorOf(pidOf(process));
  }

  find(process: ProcessRef<never>): ProcessInfo | undefined {
    return this.#deps.table.find(pidOf(process));
  }

  /** Gives snapshots of a process, also once so many have ended after it that the table dropped it. @throws PROCESS_NOT_FOUND, PROCESS_PROTECTED */
  follow(process: ProcessRef<never>): () => ProcessInfo {
    const entry = this.#deps.table.require(pidOf(process));
    return () => entry.info();
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
    await this.#guarded("suspend", pid, as, () => this.#kept(() => this.#deps.supervisor.suspend(pid)));
  }

  async resume(process: ProcessRef<never>, as: Subject = kernelSubject): Promise<void> {
    const pid = this.#target(process);
    await this.#guarded("resume", pid, as, () => this.#kept(() => this.#deps.supervisor.resume(pid)));
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

  /** Resolves when another kernel would know of it. */
  async #kept(act: () => void): Promise<void> {
    act();
    await this.#deps.supervisor.flushed();
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
    as: Acting,
    run: () => T | Promise<T>,
    summary?: GuardedCall<T>["summary"],
  ): Promise<T> {
    const agent = this.#deps.table.require(pid).name;
    return await this.#deps.guard.perform(
      { action: `process.${verb}`, ...askedBy(as), resource: `process:${pid}`, attributes: { pid, agent }, summary },
      run,
    );
  }
}
