/**
 * A row of the process table: what is known of one process, live or exited. There is one for each agent, so what most processes
 * never have lies in an object of its own.
 */
import type {
  AgentHandle,
  AgentHealth,
  BudgetAccountId,
  Capabilities,
  ExitReason,
  Pid,
  ProcessActivity,
  ProcessInfo,
  ProcessState,
  WaitingFor,
} from "@weftos/interface";
import { type CompiledCapabilities, compileCapabilities } from "../capability/compile-capabilities.ts";

/** What a process is a start of; all starts of one agent share it, and all agents that are made alike. */
export interface ProcessAbout {
  readonly kind: "agent" | "supervisor" | "kernel";
  readonly name: string;
  readonly parent: Pid | undefined;
  readonly backend: string;
  /** Who started it, or the topmost process above it; undefined: the kernel itself. */
  readonly principal?: string | undefined;
}

/** What a process is made of when it enters the table. */
export interface EntryInit {
  readonly pid: Pid;
  readonly restarts: number;
  readonly startedAt: number;
  readonly capabilities: Capabilities;
}

/** What most processes never have; one object for all of it. */
export interface RareFacts {
  restarts?: number;
  account?: BudgetAccountId;
  exit?: ExitReason;
  unready?: boolean;
  hungMs?: number | undefined;
  waits?: Map<WaitingFor, number>;
}

/** Waits in the order in which they are told when there are several. */
const waits: readonly WaitingFor[] = ["budget", "approval", "reply", "timer"];

export abstract class ProcessEntry {
  readonly pid: Pid;
  readonly startedAt: number;
  state: ProcessState = "starting";
  #rights: CompiledCapabilities;
  protected rare: RareFacts | undefined;

  /** @throws CAPABILITY_INVALID */
  constructor({ pid, restarts, startedAt, capabilities }: EntryInit) {
    this.pid = pid;
    this.startedAt = startedAt;
    this.#rights = compileCapabilities(capabilities);
    this.rare = restarts === 0 ? undefined : { restarts };
  }

  protected abstract get about(): ProcessAbout;

  get name(): string {
    return this.about.name;
  }

  get parent(): Pid | undefined {
    return this.about.parent;
  }

  get backend(): string {
    return this.about.backend;
  }

  /** For whom it acts; undefined for the kernel itself. */
  get principal(): string | undefined {
    return this.about.principal;
  }

  /** It is a supervisor. */
  get supervises(): boolean {
    return this.about.kind === "supervisor";
  }

  /** How often its agent had been restarted. */
  get restarts(): number {
    return this.rare?.restarts ?? 0;
  }

  /** From which budget it spends: its own, or that of the nearest above it; 0 is without bounds. */
  get account(): BudgetAccountId {
    return this.rare?.account ?? 0;
  }

  set account(account: BudgetAccountId) {
    if (account !== this.account) this.rare = { ...this.rare, account };
  }

  /** Why it ended. */
  get exit(): ExitReason | undefined {
    return this.rare?.exit;
  }

  /** False while its readiness probe has not succeeded. */
  get ready(): boolean {
    return this.rare?.unready !== true;
  }

  set ready(ready: boolean) {
    if (ready !== this.ready) this.rare = { ...this.rare, unready: !ready };
  }

  /** How long it has given no sign of life, once that is too long. */
  get hungMs(): number | undefined {
    return this.rare?.hungMs;
  }

  set hungMs(hungMs: number | undefined) {
    if (hungMs !== this.hungMs) this.rare = { ...this.rare, hungMs };
  }

  /** Whether it waits for messages, where its code runs on the kernel's own thread. */
  get receiving(): boolean {
    return false;
  }

  /** Whether it waits for a reply. */
  get asking(): boolean {
    return false;
  }

  /** Tells whether it waits for messages, where its code runs elsewhere. */
  get health(): AgentHealth | undefined {
    return undefined;
  }

  /** Follows the agent that this process is a start of. */
  get handle(): AgentHandle | undefined {
    return undefined;
  }

  /** It has ended. */
  exited(reason: ExitReason): void {
    this.rare = { ...this.rare, exit: reason, hungMs: undefined };
  }

  /** It begins to wait. @returns what is called once when the wait is over */
  waiting(on: WaitingFor): () => void {
    this.rare ??= {};
    this.rare.waits ??= new Map();
    const counts = this.rare.waits;
    counts.set(on, (counts.get(on) ?? 0) + 1);
    return () => {
      const left = (counts.get(on) ?? 1) - 1;
      if (left > 0) counts.set(on, left);
      else counts.delete(on);
    };
  }

  /** What it does now. */
  activity(): ProcessActivity | undefined {
    if (this.state === "exited") return undefined;
    if (this.hungMs !== undefined) return { kind: "hung", forMs: this.hungMs };
    for (const on of waits) {
      if (on === "reply" ? this.asking : this.rare?.waits?.has(on) === true) return { kind: "waiting", on };
    }
    return { kind: (this.health?.idle ?? this.receiving) ? "idle" : "busy" };
  }

  /** What it may do now. */
  get capabilities(): Capabilities {
    return this.#rights.source;
  }

  /** Changes what it may do, from the next check on. @throws CAPABILITY_INVALID */
  setCapabilities(capabilities: Capabilities): void {
    this.#rights = compileCapabilities(capabilities);
  }

  /** The capabilities in the form that checks read. */
  get compiled(): CompiledCapabilities {
    return this.#rights;
  }

  /** Gives a snapshot. */
  info(): ProcessInfo {
    const { pid, name, state, ready, parent, backend, restarts, startedAt, exit, capabilities } = this;
    const activity = this.activity();
    const { principal } = this;
    const info = { pid, name, state, activity, ready, parent, backend, restarts, startedAt, exit, capabilities };
    return principal === undefined ? info : { ...info, principal };
  }
}
