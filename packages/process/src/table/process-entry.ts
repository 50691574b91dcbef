/** A row of the process table: what is known of one process, live or exited. */
import type { AgentHandle, Capabilities, ExitReason, Pid, ProcessInfo, ProcessState } from "@weftos/interface";
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
}

export class ProcessEntry {
  readonly pid: Pid;
  readonly name: string;
  readonly parent: Pid | undefined;
  readonly backend: string;
  readonly restarts: number;
  readonly startedAt: number;
  readonly capabilities: Capabilities;
  state: ProcessState;
  exit: ExitReason | undefined;
  /** Follows the agent that this process is a start of. */
  handle: AgentHandle | undefined;
  #compiled: CompiledCapabilities | undefined;

  constructor(init: EntryInit, state: ProcessState) {
    this.pid = init.pid;
    this.name = init.name;
    this.parent = init.parent;
    this.backend = init.backend;
    this.restarts = init.restarts;
    this.startedAt = init.startedAt;
    this.capabilities = init.capabilities;
    this.state = state;
  }

  /** The capabilities in the form that checks read, made at the first check. */
  get compiled(): CompiledCapabilities {
    this.#compiled ??= compileCapabilities(this.capabilities);
    return this.#compiled;
  }

  /** Gives a snapshot. */
  info(): ProcessInfo {
    const { pid, name, state, parent, backend, restarts, startedAt, exit, capabilities } = this;
    return { pid, name, state, parent, backend, restarts, startedAt, exit, capabilities };
  }
}
