/**
 * One start of an agent, under one PID: the table's entry of it, together with what runs. One object, since there is one for each
 * agent; what only an end needs lies in another.
 */
import type {
  AgentDefinition,
  AgentHandle,
  AgentHealth,
  ExitReason,
  RunningAgent,
  SupervisorCause,
} from "@weftos/interface";
import type { ProcessContext } from "../agent/process-context.ts";
import { type CodeListener, endOf, enterCode } from "../backends/inline-backend.ts";
import { type EntryInit, type ProcessAbout, ProcessEntry, type RareFacts } from "../table/process-entry.ts";

/** The agent that a process is a start of, as far as its start must know it. */
interface Started {
  readonly spec: ProcessAbout;
  readonly handle: AgentHandle;
}

/** Who is told that the code of a start has ended. */
export interface RunOwner<Child extends Started> {
  ended(child: Child, run: AgentRun<Child>, reason: ExitReason): void;
}

/** What a start comes to have when its code runs elsewhere, or it ends. */
interface RareOfRun extends RareFacts {
  agent?: RunningAgent | undefined;
  cause?: "operator" | SupervisorCause;
  forced?: ExitReason;
  /** How its code ended, while nobody is to be told yet. */
  early?: ExitReason;
  abandonStart?: ((reason: Error) => void) | undefined;
  kept?: boolean;
  waiting?: (() => void)[];
  /** Of what it was a start, once it has ended. */
  was?: Started;
}

/** Of an agent that does not live any more, a process says what it was when it started it. */
function said({ spec: { kind, name, parent, backend, principal }, handle }: Started): Started {
  return { spec: { kind, name, parent, backend, principal }, handle };
}

export class AgentRun<Child extends Started> extends ProcessEntry implements CodeListener {
  #child: Child | undefined;
  #owner: RunOwner<Child> | undefined;
  declare protected rare: RareOfRun | undefined;
  /** What its code may call; undefined before it is entered and once the process has ended. */
  context: ProcessContext | undefined;

  constructor(init: EntryInit, child: Child) {
    super(init);
    this.#child = child;
  }

  /** The agent that this is a start of; undefined once the process has ended. */
  get child(): Child | undefined {
    return this.#child;
  }

  protected override get about(): ProcessAbout {
    return AgentRun.#of(this).spec;
  }

  override get handle(): AgentHandle {
    return AgentRun.#of(this).handle;
  }

  /** Static: a private method of objects costs each of them a field. */
  static #of<Agent extends Started>(run: AgentRun<Agent>): Started {
    const of = run.#child ?? run.rare?.was;
    if (of === undefined) throw new Error(`process ${run.pid} is a start of nothing`);
    return of;
  }

  override get receiving(): boolean {
    return this.context?.inbox.receiving === true;
  }

  override get asking(): boolean {
    return this.context?.inbox.asking === true;
  }

  override get health(): AgentHealth | undefined {
    return this.agent?.health;
  }

  /** Who asked it to stop, and a supervisor why; undefined when nobody did. The first counts. */
  get cause(): "operator" | SupervisorCause | undefined {
    return this.rare?.cause;
  }

  set cause(cause: "operator" | SupervisorCause) {
    this.rare = { cause, ...this.rare };
  }

  /** The reason that stands whatever its code reports: it was killed. The first counts. */
  get forced(): ExitReason | undefined {
    return this.rare?.forced;
  }

  set forced(forced: ExitReason) {
    this.rare = { forced, ...this.rare };
  }

  /** It has ended, and its place in the journal is kept for the next start. */
  get kept(): boolean {
    return this.rare?.kept === true;
  }

  set kept(kept: boolean) {
    this.rare = { ...this.rare, kept };
  }

  /** Gives up a start that is under way. */
  get abandonStart(): ((reason: Error) => void) | undefined {
    return this.rare?.abandonStart;
  }

  set abandonStart(abandonStart: ((reason: Error) => void) | undefined) {
    this.rare = { ...this.rare, abandonStart };
  }

  /** Where its code runs; undefined when that is the kernel's own thread, and once the process has ended. */
  get agent(): RunningAgent | undefined {
    return this.rare?.agent;
  }

  set agent(agent: RunningAgent) {
    this.rare = { ...this.rare, agent };
  }

  /** Enters code on the kernel's own thread. */
  enter(definition: AgentDefinition<unknown>, context: ProcessContext): void {
    enterCode(definition, context, this);
  }

  returned(): void {
    this.ended({ kind: "normal" });
  }

  threw(error: unknown): void {
    // After its end nobody asks how its code ended.
    if (this.context !== undefined) this.ended(endOf(error, this.context));
  }

  /** Its code has ended; what it does later counts no more. */
  ended(reason: ExitReason): void {
    if (this.#owner === undefined) this.rare = { early: reason, ...this.rare };
    else if (this.#child !== undefined) this.#owner.ended(this.#child, this, reason);
  }

  /** Tells of the end of its code from now on, never within this call. */
  listen(owner: RunOwner<Child>): void {
    this.#owner = owner;
    const early = this.rare?.early;
    if (early !== undefined) queueMicrotask(() => this.ended(early));
  }

  /** Ends its code, whatever it does. */
  async kill(): Promise<void> {
    if (this.agent !== undefined) {
      await this.agent.kill();
      return;
    }
    // Its owner hears of it a turn later, as of any other end.
    await Promise.resolve();
    this.ended({ kind: "killed" });
  }

  /** Resolves when the process has exited. */
  async finished(): Promise<void> {
    if (this.#child === undefined) return;
    await new Promise<void>((resolve) => {
      this.rare = { ...this.rare, waiting: [...(this.rare?.waiting ?? []), resolve] };
    });
  }

  /** It has exited: what it ran with is not kept alive by its entry. */
  finish(): void {
    const child = this.#child;
    if (child === undefined) return;
    const { waiting = [], agent: _, ...left } = this.rare ?? {};
    this.rare = { ...left, was: said(child) };
    this.#child = undefined;
    this.context = undefined;
    for (const resolve of waiting) resolve();
  }
}
