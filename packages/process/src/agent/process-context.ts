/**
 * An agent's context in the kernel's thread: each call goes to the router, the tools or the supervisor under the PID of
 * this one start. Those ask the guard; nothing is decided here.
 */
import type {
  AgentBudget,
  AgentContext,
  AgentHandle,
  AgentSource,
  AgentState,
  AgentTools,
  CapabilityRequest,
  Elevated,
  JsonValue,
  Logger,
  MailboxEnd,
  Message,
  MessageTarget,
  ModuleName,
  MonitorRef,
  OwnElevateOptions,
  OwnSupervisor,
  Payload,
  Pid,
  ProcessRef,
  PublishResult,
  ReplyResult,
  RequestOptions,
  SendOptions,
  SendResult,
  SpawnOptions,
  SubscribeOptions,
  SupervisorSpec,
  WeftError,
} from "@weftos/interface";
import type { Meter } from "../budget/meter.ts";
import type { ProcessBudget } from "../budget/process-budget.ts";
import { ProcessNotAcceptingError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import { AgentInbox } from "./agent-inbox.ts";
import { AgentLogger } from "./agent-logger.ts";
import type { ContextHost } from "./context-host.ts";
import { ContextState } from "./context-state.ts";
import { ContextTools } from "./context-tools.ts";
import { receiverOf } from "./process-ref.ts";
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
}

/** A context is the inbox that it gives: one object for each agent. */
export class ProcessContext extends AgentInbox implements AgentContext {
  readonly #given: Pick<AgentContext, "input" | "environment">;
  readonly #entry: ProcessEntry;
  readonly #host: ContextHost;
  #made: Asked | undefined;

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

  get #asked(): Asked {
    this.#made ??= {};
    return this.#made;
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
    this.#asked.meter = meter;
  }

  /** It has ended: charges nothing more, and what it holds of its budget is spent. @throws what the files throw */
  async closeBudget(): Promise<void> {
    this.meter?.close();
    await this.#made?.budget?.close();
  }

  /** Made when somebody asks it to stop, or reads its signal. */
  get stop(): StopSignal {
    const asked = this.#asked;
    asked.stop ??= new StopSignal();
    return asked.stop;
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  get log(): Logger {
    const asked = this.#asked;
    asked.log ??= new AgentLogger(this.#host.logger, this.#entry.pid, this.name);
    return asked.log;
  }

  get tools(): AgentTools {
    const asked = this.#asked;
    asked.tools ??= new ContextTools(this.#host.tools, { kind: "process", id: String(this.pid) }, () => {
      this.#enter();
      return this;
    });
    return asked.tools;
  }

  get budget(): AgentBudget {
    const asked = this.#asked;
    asked.budget ??= this.#host.budget(this.#entry, this.signal);
    return asked.budget;
  }

  get state(): AgentState {
    const asked = this.#asked;
    asked.state ??= new ContextState(
      () => this.#host.state(this.#entry),
      () => this.#enter(),
    );
    return asked.state;
  }

  /** Not async: this is called millions of times, and a promise more would cost a tenth of each. */
  send<M extends Payload>(to: ProcessRef<M> | MessageTarget, payload: M, options?: SendOptions): Promise<SendResult> {
    try {
      this.#enter();
      const charged = this.#charge();
      if (charged !== undefined)
        return charged.then(() => this.#host.router().send(this.#entry.pid, receiverOf(to), payload, options));
      return this.#host.router().send(this.#entry.pid, receiverOf(to), payload, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Not async, as `send`. */
  request<M extends Payload>(
    to: ProcessRef<M> | MessageTarget,
    payload: M,
    options?: RequestOptions,
  ): Promise<Message> {
    try {
      this.#enter();
      const charged = this.#charge();
      return charged === undefined
        ? this.#ask(to, payload, options)
        : charged.then(() => this.#ask(to, payload, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Not async, as `send`. */
  reply(request: Message<unknown>, payload: Payload): Promise<ReplyResult> {
    try {
      this.#enter();
      const charged = this.#charge();
      if (charged !== undefined) {
        return charged.then(() => this.#host.router().reply(this.#entry.pid, request as Message, payload));
      }
      return this.#host.router().reply(this.#entry.pid, request as Message, payload);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async replyError(request: Message<unknown>, error: WeftError): Promise<ReplyResult> {
    this.#enter();
    await this.#charge();
    return await this.#host.router().replyError(this.#entry.pid, request as Message, error);
  }

  async acknowledge(message: Message<unknown>): Promise<void> {
    this.#enter();
    await this.#host.router().acknowledge(this.#entry.pid, message as Message);
  }

  async publish(topic: string, payload: Payload, options?: SendOptions): Promise<PublishResult> {
    this.#enter();
    await this.#charge();
    return await this.#host.router().publish(this.#entry.pid, topic, payload, options);
  }

  async broadcast(payload: Payload, options?: SendOptions): Promise<PublishResult> {
    this.#enter();
    await this.#charge();
    return await this.#host.router().broadcast(this.#entry.pid, payload, options);
  }

  async subscribe(pattern: string, options?: SubscribeOptions): Promise<void> {
    this.#enter();
    await this.#host.router().subscribe(this.#entry.pid, pattern, options);
  }

  async unsubscribe(pattern: string, options?: Pick<SubscribeOptions, "group">): Promise<void> {
    this.#enter();
    this.#host.router().unsubscribe(this.#entry.pid, pattern, options);
  }

  async spawn<M>(agent: AgentSource<M> | ModuleName, options?: SpawnOptions): Promise<AgentHandle<M>> {
    this.#enter();
    return (await this.#host.spawn(this.#entry, agent as AgentSource | ModuleName, options)) as AgentHandle<M>;
  }

  async supervise(spec: SupervisorSpec): Promise<OwnSupervisor> {
    this.#enter();
    return await this.#host.supervise(this.#entry, spec);
  }

  async monitor(process: ProcessRef<never>): Promise<MonitorRef> {
    this.#enter();
    return await this.#host.ties.monitor(this.#entry, process);
  }

  async demonitor(ref: MonitorRef): Promise<boolean> {
    this.#enter();
    return this.#host.ties.demonitor(this.#entry, ref);
  }

  async link(process: ProcessRef<never>): Promise<void> {
    this.#enter();
    await this.#host.ties.link(this.#entry, process);
  }

  async unlink(process: ProcessRef<never>): Promise<void> {
    this.#enter();
    this.#host.ties.unlink(this.#entry, process);
  }

  async elevate(rights: CapabilityRequest, options: OwnElevateOptions): Promise<Elevated> {
    this.#enter();
    return await this.#host.elevate(this.#entry, rights, options);
  }

  async sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void> {
    this.#enter();
    const given = options?.signal;
    const slept = this.#host.sleep(ms, given === undefined ? [this.signal] : [given, this.signal]);
    const over = this.#entry.waiting("timer");
    try {
      await slept;
    } finally {
      over();
    }
  }

  /** Lets the place where the agent runs answer pings, when that is another thread. */
  answerPingsBy(pong: () => Promise<void>): void {
    this.#asked.pong = pong;
  }

  /** Counts a call of a tool, and charges it where something bounds them; undefined when nothing is to wait for. */
  chargeTool(): Promise<void> | undefined {
    const asked = this.#asked;
    asked.toolCalls = (asked.toolCalls ?? 0) + 1;
    return asked.meter?.charge("toolCalls");
  }

  /** Answers a ping; other signals have acted already when they come here. */
  protected override onSignal(message: Message): void {
    if (message.payload !== "ping" || message.deadline === undefined) return;
    const answer = async (): Promise<void> => {
      await this.#made?.pong?.();
      await this.reply(message, "pong");
    };
    answer().catch((error: unknown) => {
      this.log.debug("a ping could not be answered", { error: error instanceof Error ? error.message : "unknown" });
    });
  }

  /** Gives back to the mailbox what left it and never reached the agent: the next start gets it, if there is one. */
  onUndelivered(messages: readonly Message[]): void {
    this.#host.router().undelivered(this.#entry.pid, messages);
  }

  #ask(to: ProcessRef<never> | MessageTarget, payload: Payload, options?: RequestOptions): Promise<Message> {
    return this.#host.router().request(this.#entry.pid, receiverOf(to), payload, options);
  }

  /** Counts a message, and charges it where something bounds them; undefined when nothing is to wait for. */
  #charge(): Promise<void> | undefined {
    const asked = this.#asked;
    asked.sent = (asked.sent ?? 0) + 1;
    return asked.meter?.charge("messages");
  }

  #enter(): void {
    const { state } = this.#entry;
    if (state === "starting") this.#host.entered(this.#entry);
    else if (state === "exited") {
      throw new ProcessNotAcceptingError(`process ${this.pid} has ended; its context does nothing any more`, {
        details: { phase: "exited" },
      });
    }
  }
}
