/**
 * The process table: who lives, in which state, and who ended lately. Checks and inserts are one synchronous step, so that
 * spawns that run together cannot pass the maximum. It changes states; it does not run anything.
 */
import {
  type ExitReason,
  KERNEL_PID,
  type Pid,
  PidPages,
  type ProcessDirectory,
  type ProcessInfo,
  type ProcessState,
} from "@weftos/interface";
import { kernelCapabilities } from "../capability/default-capabilities.ts";
import {
  ProcessNotAcceptingError,
  ProcessNotFoundError,
  ProcessProtectedError,
  ProcessStateError,
  ProcessTableFullError,
} from "../process-errors.ts";
import { type ProcessAbout, ProcessEntry } from "./process-entry.ts";
import { isLegalTransition } from "./transitions.ts";

/** Bounds of a table. */
export interface TableLimits {
  /** Most live processes, the kernel not counted. */
  readonly maxLive: number;
  /** Most exited processes that are kept; the oldest is dropped. */
  readonly maxExited: number;
}

/** Told after each change of state. */
export type StateListener = (entry: ProcessEntry, from: ProcessState) => void;

class KernelEntry extends ProcessEntry {
  protected override readonly about: ProcessAbout = {
    kind: "kernel",
    name: "kernel",
    parent: undefined,
    backend: "kernel",
  };

  constructor(startedAt: number) {
    super({ pid: KERNEL_PID, restarts: 0, startedAt, capabilities: kernelCapabilities });
    this.state = "running";
  }
}

export class ProcessTable implements Omit<ProcessDirectory, "held"> {
  readonly #limits: TableLimits;
  readonly #onChange: StateListener;
  readonly #kernel: ProcessEntry;
  readonly #entries = new PidPages<ProcessEntry>();
  /** Exited ones, the oldest exit first. */
  readonly #exited = new Set<Pid>();

  constructor(limits: TableLimits, startedAt: number, onChange: StateListener) {
    this.#limits = limits;
    this.#onChange = onChange;
    this.#kernel = new KernelEntry(startedAt);
  }

  /** Live processes, the kernel not counted. */
  get live(): number {
    return this.#entries.size - this.#exited.size;
  }

  find(pid: Pid): ProcessInfo | undefined {
    return this.entry(pid)?.info();
  }

  state(pid: Pid): ProcessState | undefined {
    return pid === KERNEL_PID ? "running" : this.#entries.get(pid)?.state;
  }

  list(): readonly ProcessInfo[] {
    return [this.#kernel.info(), ...Array.from(this.#entries.values(), (entry) => entry.info())];
  }

  entry(pid: Pid): ProcessEntry | undefined {
    return pid === KERNEL_PID ? this.#kernel : this.#entries.get(pid);
  }

  /** All but the kernel, by PID. */
  entries(): Iterable<ProcessEntry> {
    return this.#entries.values();
  }

  /** Finds a process by its decimal PID. */
  byId(id: string): ProcessEntry | undefined {
    const pid = pidOfId(id);
    return pid === undefined ? undefined : this.#entries.get(pid);
  }

  /**
   * Names a process by those that started it, from the topmost, and itself.
   *
   * @throws PROCESS_NOT_ACCEPTING when one of them has gone: the process is about to end with it
   */
  lineage(entry: ProcessEntry): readonly string[] {
    const names = [entry.name];
    for (let above = entry.parent; above !== undefined && above !== KERNEL_PID; ) {
      const parent = this.#entries.get(above);
      if (parent === undefined) {
        throw new ProcessNotAcceptingError(`the process that started ${entry.pid} is gone`, {
          details: { phase: "exited" },
        });
      }
      names.unshift(parent.name);
      above = parent.parent;
    }
    return names;
  }

  /** Gives the entry of a process that may be acted on. @throws PROCESS_NOT_FOUND, PROCESS_PROTECTED */
  require(pid: Pid): ProcessEntry {
    if (pid === KERNEL_PID) {
      throw new ProcessProtectedError("PID 0 is the kernel, on which processes' calls do not act", {
        details: { pid },
      });
    }
    const entry = this.#entries.get(pid);
    if (entry === undefined) throw new ProcessNotFoundError(`there is no process ${pid}`, { details: { pid } });
    return entry;
  }

  /** @throws PROCESS_TABLE_FULL when one more live process would pass the maximum */
  assertRoom(): void {
    const max = this.#limits.maxLive;
    if (this.live >= max) {
      throw new ProcessTableFullError(`${max} processes live, which is the maximum`, {
        details: { max },
        retryable: true,
      });
    }
  }

  /** Adds a process that starts. @throws PROCESS_TABLE_FULL */
  insert<Entry extends ProcessEntry>(entry: Entry): Entry {
    this.assertRoom();
    this.#entries.set(entry.pid, entry);
    return entry;
  }

  /** Changes a state. @throws PROCESS_STATE when the change is not legal */
  transition(entry: ProcessEntry, to: Exclude<ProcessState, "exited">): void {
    this.#change(entry, to);
  }

  /** Ends a process; its entry stays until it is reaped. @throws PROCESS_STATE when it has ended already */
  exit(entry: ProcessEntry, reason: ExitReason): void {
    assertLegal(entry, "exited");
    entry.exited(reason);
    this.#exited.add(entry.pid);
    this.#change(entry, "exited");
    for (const oldest of this.#exited) {
      if (this.#exited.size <= this.#limits.maxExited) break;
      this.#drop(oldest);
    }
  }

  /** Removes exited entries, all or one. @returns those removed @throws PROCESS_STATE when the one still lives */
  reap(pid?: Pid): readonly ProcessInfo[] {
    if (pid === undefined) {
      const all = Array.from(this.#exited, (exited) => this.require(exited).info());
      for (const info of all) this.#drop(info.pid);
      return all;
    }
    const entry = this.require(pid);
    if (entry.state !== "exited") throw illegal(entry, "exited", "only what has exited can be reaped");
    this.#drop(pid);
    return [entry.info()];
  }

  #drop(pid: Pid): void {
    this.#exited.delete(pid);
    this.#entries.delete(pid);
  }

  #change(entry: ProcessEntry, to: ProcessState): void {
    assertLegal(entry, to);
    const from = entry.state;
    entry.state = to;
    this.#onChange(entry, from);
  }
}

/** Reads a PID as subjects of actions name it: decimal, without a leading zero. By hand: this is asked for every message. */
function pidOfId(id: string): Pid | undefined {
  if (id.length === 0 || id.length > 15 || id.charCodeAt(0) === 48) return undefined;
  let pid = 0;
  for (let index = 0; index < id.length; index += 1) {
    const digit = id.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return undefined;
    pid = pid * 10 + digit;
  }
  return pid as Pid;
}

function assertLegal(entry: ProcessEntry, to: ProcessState): void {
  if (!isLegalTransition(entry.state, to))
    throw illegal(entry, to, `a process that is ${entry.state} cannot become ${to}`);
}

function illegal(entry: ProcessEntry, to: ProcessState, reason: string): ProcessStateError {
  return new ProcessStateError(`process ${entry.pid} is ${entry.state}: ${reason}`, {
    details: { pid: entry.pid, from: entry.state, to },
  });
}
