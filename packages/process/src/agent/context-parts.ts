/**
 * What an agent's context is made of: who it is, its signal, log, tools, budget and state, what it has used, and whether it lives. What most
 * idle agents never ask for is made when it is asked for. What it may call on its kernel is out of reach of the agent's code: the files of
 * the context get it by functions of this one. Private methods would cost each object a field.
 */
import type {
  AgentBudget,
  AgentContext,
  AgentState,
  AgentTools,
  JsonValue,
  Logger,
  MailboxEnd,
  Message,
  Payload,
  Pid,
} from "@weftos/interface";
import { KERNEL_PID } from "@weftos/interface";
import type { Meter } from "../budget/meter.ts";
import type { ProcessBudget } from "../budget/process-budget.ts";
import { ProcessNotAcceptingError, ProcessStoppedError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import { AgentInbox } from "./agent-inbox.ts";
import { AgentLogger } from "./agent-logger.ts";
import type { ContextHost } from "./context-host.ts";
import { ContextState } from "./context-state.ts";
import { ContextTools } from "./context-tools.ts";
import { Hold } from "./hold.ts";
import { StopSignal } from "./stop-signal.ts";

/** What most idle agents never asked for, and have no use for. */
interface Asked {
  stop?: StopSignal;
  log?: Logger;
  tools?: AgentTools;
  state?: AgentState;
  budget?: ProcessBudget;
  pong?: () => Promise<void>;
  sent?: number;
  toolCalls?: number;
  meter?: Meter | undefined;
  hold?: Hold | undefined;
}

/** Whatever an agent asks for begins here: gives what it may call. @throws PROCESS_NOT_ACCEPTING when it has ended */
export let entered: (of: ContextParts) => ContextHost;
/**
 * Asked before whatever acts on others: undefined unless the agent is suspended; else resolves when it is resumed.
 *
 * @throws as `Hold`
 */
export let held: (of: ContextParts, signal?: AbortSignal) => Promise<void> | undefined;
/** Gives the process that a context is of. */
export let entryOf: (of: ContextParts) => ProcessEntry;
/** Counts a message, and charges it where something bounds them; undefined when nothing is to wait for. */
export let chargeMessage: (of: ContextParts, answersTo?: number) => Promise<void> | undefined;
/** Gives what answers a ping where the agent runs, when that is another thread. */
export let pongOf: (of: ContextParts) => (() => Promise<void>) | undefined;
let asked: (of: ContextParts) => Asked;

/** A context is the inbox that it gives: one object for each agent. */
export abstract class ContextParts extends AgentInbox {
  readonly #entry: ProcessEntry;
  readonly #host: ContextHost;
  readonly #given: Pick<AgentContext, "input" | "environment">;
  #made: Asked | undefined;

  static {
    asked = (of) => {
      of.#made ??= {};
      return of.#made;
    };
    entryOf = (of) => of.#entry;
    pongOf = (of) => of.#made?.pong;
    chargeMessage = (of, answersTo) => {
      const made = asked(of);
      made.sent = (made.sent ?? 0) + 1;
      // The kernel asks as often as it likes, and not at the cost of who answers.
      return answersTo === KERNEL_PID ? undefined : made.meter?.charge("messages");
    };
    entered = (of) => {
      const { state } = of.#entry;
      if (state === "starting") of.#host.entered(of.#entry);
      else if (state === "exited") {
        throw new ProcessNotAcceptingError(`process ${of.pid} has ended; its context does nothing any more`, {
          details: { phase: "exited" },
        });
      }
      return of.#host;
    };
    held = (of, signal) => {
      // Also of one that is asked to end while it is suspended.
      if (of.#entry.state === "running" || of.#made?.hold === undefined) return undefined;
      const freed = async (): Promise<void> => {
        for (let hold = of.#made?.hold; hold !== undefined; hold = of.#made?.hold) await hold.wait(of.#entry, signal);
      };
      return freed();
    };
  }

  constructor(
    entry: ProcessEntry,
    given: Pick<AgentContext, "input" | "environment">,
    mailbox: MailboxEnd,
    host: ContextHost,
  ) {
    super(mailbox);
    this.#given = given;
    this.#entry = entry;
    this.#host = host;
  }

  get inbox(): AgentInbox {
    return this;
  }

  get pid(): Pid<Payload> {
    return this.#entry.pid as Pid<Payload>;
  }

  get name(): string {
    return this.#entry.name;
  }

  get parent(): Pid {
    return this.#entry.parent ?? (0 as Pid);
  }

  get startedAt(): number {
    return this.#entry.startedAt;
  }

  get input(): JsonValue {
    return this.#given.input;
  }

  get environment(): Readonly<Record<string, string>> {
    return this.#given.environment;
  }

  override suspend(): void {
    super.suspend();
    asked(this).hold ??= new Hold();
  }

  override resume(): void {
    const hold = this.#made?.hold;
    if (hold !== undefined) asked(this).hold = undefined;
    hold?.release();
    super.resume();
  }

  override close(): void {
    super.close();
    this.#made?.hold?.end(stoppedReason(this.pid));
  }

  /** Messages that it sent in this start. */
  get sent(): number {
    return this.#made?.sent ?? 0;
  }

  /** Tools that it called in this start. */
  get toolCalls(): number {
    return this.#made?.toolCalls ?? 0;
  }

  /** Charges messages and tool calls, where something bounds them. */
  get meter(): Meter | undefined {
    return this.#made?.meter;
  }

  set meter(meter: Meter) {
    asked(this).meter = meter;
  }

  /** It has ended: charges nothing more, and what it holds of its budget is spent. @throws what the files throw */
  async closeBudget(): Promise<void> {
    this.meter?.close();
    await this.#made?.budget?.close();
  }

  /** Made when somebody asks it to stop, or reads its signal. */
  get stop(): StopSignal {
    const made = asked(this);
    made.stop ??= new StopSignal();
    return made.stop;
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  get log(): Logger {
    const made = asked(this);
    made.log ??= new AgentLogger(this.#host.logger, this.#entry.pid, this.name);
    return made.log;
  }

  get tools(): AgentTools {
    const made = asked(this);
    made.tools ??= new ContextTools(
      this.#host.tools,
      { kind: "process", id: String(this.pid) },
      () => {
        entered(this);
        return this;
      },
      (signal) => held(this, signal),
    );
    return made.tools;
  }

  get budget(): AgentBudget {
    const made = asked(this);
    made.budget ??= this.#host.budget(this.#entry, this.signal);
    return made.budget;
  }

  get state(): AgentState {
    const made = asked(this);
    made.state ??= new ContextState(
      () => this.#host.state(this.#entry),
      () => entered(this),
    );
    return made.state;
  }

  /** Lets the place where the agent runs answer pings, when that is another thread. */
  answerPingsBy(pong: () => Promise<void>): void {
    asked(this).pong = pong;
  }

  /** Gives back to the mailbox what left it and never reached the agent: the next start gets it, if there is one. */
  onUndelivered(messages: readonly Message[]): void {
    this.#host.router().undelivered(this.#entry.pid, messages);
  }

  /** Counts a call of a tool, and charges it where something bounds them; undefined when nothing is to wait for. */
  chargeTool(): Promise<void> | undefined {
    const made = asked(this);
    made.toolCalls = (made.toolCalls ?? 0) + 1;
    return made.meter?.charge("toolCalls");
  }
}

function stoppedReason(pid: Pid<Payload>): ProcessStoppedError {
  return new ProcessStoppedError(`process ${pid} was ended while it was suspended`, { details: { pid: pid as Pid } });
}
