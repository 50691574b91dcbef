/** What the contexts of agents ask of their kernel. */
import type {
  AgentHandle,
  AgentSource,
  AgentState,
  CapabilityRequest,
  Elevated,
  Logger,
  MessageRouter,
  ModuleName,
  MonitorRef,
  OwnElevateOptions,
  OwnSupervisor,
  ProcessRef,
  SpawnOptions,
  SupervisorSpec,
  ToolRunner,
} from "@weftos/interface";
import type { ProcessBudget } from "../budget/process-budget.ts";
import type { ProcessEntry } from "../table/process-entry.ts";

/** How a process is bound to others. */
export interface ProcessTies {
  monitor(watcher: ProcessEntry, target: ProcessRef<never>): Promise<MonitorRef>;
  demonitor(watcher: ProcessEntry, ref: MonitorRef): boolean;
  link(one: ProcessEntry, other: ProcessRef<never>): Promise<void>;
  unlink(one: ProcessEntry, other: ProcessRef<never>): void;
}

/** What contexts ask of their kernel. */
export interface ContextHost {
  readonly router: () => MessageRouter;
  readonly tools: () => ToolRunner;
  readonly logger: Logger;
  readonly spawn: (
    parent: ProcessEntry,
    source: AgentSource | ModuleName,
    options: SpawnOptions | undefined,
  ) => Promise<AgentHandle>;
  /** @param free - what each change of the supervisor's children waits for */
  readonly supervise: (parent: ProcessEntry, spec: SupervisorSpec, free: () => Promise<void>) => Promise<OwnSupervisor>;
  readonly ties: ProcessTies;
  readonly elevate: (entry: ProcessEntry, rights: CapabilityRequest, options: OwnElevateOptions) => Promise<Elevated>;
  /** Waits on the kernel's clock. @throws the reason of the first signal that aborts, PROCESS_INPUT_INVALID */
  readonly sleep: (ms: number, signals: readonly [AbortSignal, ...AbortSignal[]]) => Promise<void>;
  readonly state: (entry: ProcessEntry) => AgentState;
  readonly budget: (entry: ProcessEntry, signal: AbortSignal) => ProcessBudget;
  /** The agent's code runs: told at its first call, or when its backend says so. */
  readonly entered: (entry: ProcessEntry) => void;
}
