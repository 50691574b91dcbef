/** A row of the process table: what is known of one process, live or exited. */
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

/** What a process is made of when it enters the table. */
export interface EntryInit {
  readonly pid: Pid;
  readonly name: string;
  readonly parent: Pid | undefined;
  readonly backend: string;
  readonly restarts: number;
  readonly startedAt: number;
  readonly capabilities: Capabilities;
  /** It is a supervisor. @defaultValue false */
  readonly supervises?: boolean;
}

/** Waits in the order in which they are told when there are several. */
const waits: readonly WaitingFor[] = ["budget", "approval", "reply", "timer"];

export class ProcessEntry {
  readonly pid: Pid;
  readonly name: string;
  readonly parent: Pid | undefined;
  readonly backend: string;
  readonly restarts: number;
  readonly startedAt: number;
  readonly supervises: boolean;
  state: ProcessState;
  exit: ExitReason | undefined;
  /** False while its readiness probe has not succeeded. */
  ready = true;
  /** How long it has given no sign of life, once that is too long. */
  hungMs: number | undefined;
  /** Where it takes its messages. */
  inbox: { readonly receiving: boolean } | undefined;
  /** Tells whether it waits for messages, where its code runs elsewhere. */
  health: AgentHealth | undefined;
  /** From which budget it spends: its own, or that of the nearest above it; 0 is without bounds. */
  account: BudgetAccountId = 0;
  /** What it sent and called in this start. */
  sent = 0;
  toolCalls = 0;
  /** Follows the agent that this process is a start of. */
  handle: AgentHandle | undefined;
  #capabilities: Capabilities;
  #compiled: CompiledCapabilities | undefined;
  #waits: Map<WaitingFor, number> | undefined;

  constructor(init: EntryInit, state: ProcessState) {
    this.pid = init.pid;
    this.name = init.name;
    this.parent = init.parent;
    this.backend = init.backend;
    this.restarts = init.restarts;
    this.startedAt = init.startedAt;
    this.#capabilities = init.capabilities;
    this.supervises = init.supervises ?? false;
    this.state = state;
  }

  /** It begins to wait. @returns what is called once when the wait is over */
  waiting(on: WaitingFor): () => void {
    this.#waits ??= new Map();
    this.#waits.set(on, (this.#waits.get(on) ?? 0) + 1);
    return () => {
      const left = (this.#waits?.get(on) ?? 1) - 1;
      if (left > 0) this.#waits?.set(on, left);
      else this.#waits?.delete(on);
    };
  }

  /** What it does now. */
  activity(): ProcessActivity | undefined {
    if (this.state === "exited") return undefined;
    if (this.hungMs !== undefined) return { kind: "hung", forMs: this.hungMs };
    for (const on of waits) if (this.#waits?.has(on) === true) return { kind: "waiting", on };
    return { kind: (this.health?.idle ?? this.inbox?.receiving) === true ? "idle" : "busy" };
  }

  /** What it may do now. */
  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  /** Changes what it may do, from the next check on. */
  setCapabilities(capabilities: Capabilities): void {
    this.#capabilities = capabilities;
    this.#compiled = undefined;
  }

  /** The capabilities in the form that checks read, made at the first check. */
  get compiled(): CompiledCapabilities {
    this.#compiled ??= compileCapabilities(this.capabilities);
    return this.#compiled;
  }

  /** Gives a snapshot. */
  info(): ProcessInfo {
    const { pid, name, state, ready, parent, backend, restarts, startedAt, exit, capabilities } = this;
    const activity = this.activity();
    return { pid, name, state, activity, ready, parent, backend, restarts, startedAt, exit, capabilities };
  }
}
