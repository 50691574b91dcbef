/** What `kernel.process` offers to the program that embeds the kernel. */
import type {
  AgentHandle,
  AgentSource,
  BudgetAccount,
  BudgetAmounts,
  Capabilities,
  CapabilityRequest,
  Elevated,
  ElevateOptions,
  EndNotice,
  EventSource,
  ExitReason,
  LimitName,
  ModuleName,
  MonitorRef,
  Pid,
  ProcessInfo,
  ProcessRef,
  ProcessState,
  SpawnOptions,
  SupervisorHandle,
  SupervisorSpec,
} from "@weftos/interface";

/** In-process events of processes. */
export type ProcessEvents = {
  /** An agent's code was entered. */
  readonly "process:started": {
    readonly pid: Pid;
    readonly name: string;
    readonly parent: Pid;
    readonly backend: string;
    readonly restarts: number;
  };
  readonly "process:state-changed": { readonly pid: Pid; readonly from: ProcessState; readonly to: ProcessState };
  /** A process ended; its agent may be started again. */
  readonly "process:exited": { readonly pid: Pid; readonly name: string; readonly reason: ExitReason };
  /** A process on another thread gives no sign of life. */
  readonly "process:hung": { readonly pid: Pid; readonly name: string; readonly silentMs: number };
  /** A process has used 80 % of one of its limits. */
  readonly "process:limit-neared": {
    readonly pid: Pid;
    readonly name: string;
    readonly limit: LimitName;
    readonly used: number;
    readonly max: number;
  };
  /** Its readiness probe began to succeed, or to fail. */
  readonly "process:ready-changed": { readonly pid: Pid; readonly name: string; readonly ready: boolean };
  /** What the kernel, as PID 0, monitors has ended. */
  readonly "process:noticed": EndNotice;
  /** The last kernel on this state directory ended without stopping it; `recovering`: it is started again. */
  readonly "process:lost": { readonly pid: Pid; readonly name: string; readonly recovering: boolean };
  readonly "process:restarted": {
    readonly oldPid: Pid;
    readonly pid: Pid;
    readonly name: string;
    /** Restarts of this agent so far. */
    readonly count: number;
    /** Milliseconds that were waited before. */
    readonly backoffMs: number;
  };
  /** An agent failed more often than its policy allows, and is not started again. */
  readonly "process:abandoned": {
    readonly pid: Pid;
    readonly name: string;
    readonly restarts: number;
    readonly withinMs: number;
  };
};

/** How to stop a process. */
export interface StopOptions {
  /** Ask first, and kill only when it does not end in time. @defaultValue true */
  readonly graceful?: boolean | undefined;
  /** How long to wait before killing, in milliseconds. @defaultValue `stop_timeout_ms` of the configuration, 5000 */
  readonly timeoutMs?: number | undefined;
}

/** Budgets as the program that embeds the kernel sees them. */
export interface Budgets {
  /** Lists the accounts, the kernel's with the id 0 first. */
  list(): readonly BudgetAccount[];
  /** Gives the account from which a process spends. @throws PROCESS_NOT_FOUND */
  of(process: ProcessRef<never>): BudgetAccount;
  /**
   * Adds to the budget of a process, out of its parent's: of units that it bounds.
   *
   * @returns the account then
   * @throws PROCESS_BUDGET_EXHAUSTED when its parent has not so much, PROCESS_BUDGET_UNKNOWN when the process has no budget of
   *   its own, PROCESS_NOT_FOUND, PROCESS_INPUT_INVALID, and what the guard raises
   */
  grant(process: ProcessRef<never>, more: BudgetAmounts): Promise<BudgetAccount>;
}

/** A spawn backend that is installed. */
export interface BackendInfo {
  readonly name: string;
  /** What of the capabilities binds the code itself; empty where the code is trusted. */
  readonly confines: readonly string[];
  /** What of its agents it can hold to a limit. */
  readonly measures: readonly ("cpu" | "memory")[];
}

/** Starts, finds and ends processes, as the kernel. */
export interface Processes {
  /**
   * Starts an agent; resolves when its code was entered.
   *
   * @param agent - a definition (inline backend only), or the URL, package name or path of a module whose default export is one,
   *   or of a manifest, `<name>.agent.toml`
   * @throws PROCESS_TABLE_FULL, PROCESS_INPUT_INVALID, PROCESS_NOT_ACCEPTING, CAPABILITY_INVALID, BACKEND_NOT_AVAILABLE,
   *   BACKEND_NOT_ALLOWED, CAPABILITY_ROOT_LEADS_OUT, AGENT_LOAD_FAILED, AGENT_NOT_A_MODULE, and what the guard raises
   */
  spawn<M>(agent: AgentSource<M> | ModuleName, options?: SpawnOptions): Promise<AgentHandle<M>>;
  /**
   * Starts a supervisor and its children, in order; resolves when all run and those with a readiness probe are ready. When one
   * cannot start, those before it are stopped.
   *
   * @throws as `spawn`; what kept a child from starting
   */
  supervise(spec: SupervisorSpec): Promise<SupervisorHandle>;
  /** Gives the handle of a live supervisor, such as one that was started again after a crash; undefined when it is none. */
  supervisor(process: ProcessRef<never>): SupervisorHandle | undefined;
  /** Gives a snapshot of a process, the kernel's too; undefined when there is none or it was reaped. */
  find(process: ProcessRef<never>): ProcessInfo | undefined;
  /** Lists the kernel, the live and those exited processes that were not reaped, by PID. */
  list(): readonly ProcessInfo[];
  /** Gives the handle that follows the agent of a process; undefined when there is no such process. */
  handle(process: ProcessRef<never>): AgentHandle | undefined;
  /**
   * Ends a process for good, whatever its restart policy; resolves when it has exited. One that has exited already stays so.
   *
   * @throws PROCESS_NOT_FOUND, PROCESS_PROTECTED, and what the guard raises
   */
  stop(process: ProcessRef<never>, options?: StopOptions): Promise<void>;
  /** Ends a process now; a permanent or transient agent is started again. @throws as `stop` */
  kill(process: ProcessRef<never>): Promise<void>;
  /**
   * Holds messages back from an agent, and what it wants done: through its restarts, those of the supervisors above it and a crash of the
   * kernel, until it is resumed or restarted by hand. Its code is not stopped, but what it sends, calls, starts and asks for waits; replies to
   * what it took before do not. One that waits for its next start begins suspended.
   *
   * @throws PROCESS_STATE when it is suspended, is asked to end or has ended for good, and as `stop`
   */
  suspend(process: ProcessRef<never>): Promise<void>;
  /** Lets messages through again. @throws PROCESS_STATE and as `stop` */
  resume(process: ProcessRef<never>): Promise<void>;
  /**
   * Stops a process and starts its agent again under a new PID, with its name, capabilities, parent, input and mailbox
   * limit, and with the messages that wait in its mailbox unless it was spawned with `mailbox: "drop"`.
   *
   * @throws PROCESS_STATE when it has ended for good, what a start raises, and as `stop`
   */
  restart(process: ProcessRef<never>): Promise<AgentHandle>;
  /**
   * Adds rights to an agent, from its next call on and through its restarts: flags that are true, a wider message scope, tools,
   * file roots. It never gets more than its parent holds, or its role may hold.
   *
   * @returns what it holds then
   * @throws CAPABILITY_INVALID, PROCESS_INPUT_INVALID, PROCESS_STATE when it has ended, and as `stop`
   */
  grant(process: ProcessRef<never>, rights: CapabilityRequest): Promise<Capabilities>;
  /**
   * Takes rights from an agent and all below it, from their next call on: flags that are false, what is outside a message scope,
   * tools, file roots; `deny` adds denials. Its elevations end.
   *
   * @returns what it holds then
   * @throws as `grant`
   */
  revoke(process: ProcessRef<never>, rights: CapabilityRequest): Promise<Capabilities>;
  /** Adds rights for a time, after which they go by themselves; a kernel's end ends them too. @throws as `grant` */
  elevate(process: ProcessRef<never>, rights: CapabilityRequest, options: ElevateOptions): Promise<Elevated>;
  /** What agents may spend, and what they have. */
  readonly budgets: Budgets;
  /** Removes what exited from the table, one or all. @returns those removed @throws PROCESS_NOT_FOUND, PROCESS_STATE */
  reap(process?: ProcessRef<never>): readonly ProcessInfo[];
  /**
   * Binds two processes: when one ends for any reason but a normal one, the other ends for the reason `linked`, or is told when
   * it traps exits. @throws PROCESS_NOT_FOUND unless both live, PROCESS_LINKS_FULL over 1024 links
   */
  link(one: ProcessRef<never>, other: ProcessRef<never>): void;
  unlink(one: ProcessRef<never>, other: ProcessRef<never>): void;
  /**
   * Has a process told of another's end, by a notice in its inbox; PID 0 by the event `process:noticed`.
   *
   * @throws PROCESS_NOT_FOUND unless the watcher lives, PROCESS_LINKS_FULL over 1024 monitors
   */
  monitor(target: ProcessRef<never>, watcher?: ProcessRef<never>): MonitorRef;
  /** Ends a monitor. @returns whether it stood */
  demonitor(ref: MonitorRef): boolean;
  backends(): readonly BackendInfo[];
  readonly events: EventSource<ProcessEvents>;
}
