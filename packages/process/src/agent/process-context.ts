/**
 * An agent's context in the kernel's thread: each call goes to the router, the tools or the supervisor under the PID of
 * this one start. Those ask the guard; nothing is decided here.
 */
import type {
  AgentContext,
  AgentHandle,
  AgentSource,
  AgentTools,
  Inbox,
  JsonValue,
  Logger,
  Message,
  MessageRouter,
  Payload,
  Pid,
  ProcessRef,
  RequestOptions,
  SendOptions,
  SendResult,
  SpawnOptions,
  Subject,
  ToolCallOptions,
  ToolInfo,
  ToolRunner,
  WeftError,
} from "@weftos/interface";
import { ProcessNotAcceptingError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import { AgentInbox } from "./agent-inbox.ts";
import { AgentLogger } from "./agent-logger.ts";
import { pidOf } from "./process-ref.ts";
import { StopSignal } from "./stop-signal.ts";

/** What contexts ask of their kernel. */
export interface ContextHost {
  readonly router: () => MessageRouter;
  readonly tools: () => ToolRunner;
  readonly logger: Logger;
  readonly spawn: (
    parent: ProcessEntry,
    source: AgentSource,
    options: SpawnOptions | undefined,
  ) => Promise<AgentHandle>;
  /** The agent's code runs: told at its first call, or when its backend says so. */
  readonly entered: (entry: ProcessEntry) => void;
}

export class ProcessContext implements AgentContext {
  readonly pid: Pid<Payload>;
  readonly name: string;
  readonly parent: Pid;
  readonly input: JsonValue;
  readonly inbox: AgentInbox;
  readonly stop: StopSignal = new StopSignal();
  readonly #entry: ProcessEntry;
  readonly #host: ContextHost;
  #log: Logger | undefined;
  #tools: AgentTools | undefined;
  #pong: (() => Promise<void>) | undefined;

  constructor(entry: ProcessEntry, input: JsonValue, mailbox: Inbox, host: ContextHost) {
    this.pid = entry.pid as Pid<Payload>;
    this.name = entry.name;
    this.parent = entry.parent ?? (0 as Pid);
    this.input = input;
    this.#entry = entry;
    this.#host = host;
    this.inbox = new AgentInbox(mailbox, this);
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  get log(): Logger {
    this.#log ??= new AgentLogger(this.#host.logger, this.#entry.pid, this.name);
    return this.#log;
  }

  get tools(): AgentTools {
    this.#tools ??= new ContextTools(this.#host.tools, { kind: "process", id: String(this.pid) }, () => this.#enter());
    return this.#tools;
  }

  /** Not async: this is called millions of times, and a promise more would cost a tenth of each. */
  send<M extends Payload>(to: ProcessRef<M>, payload: M, options?: SendOptions): Promise<SendResult> {
    try {
      this.#enter();
      return this.#host.router().send(this.#entry.pid, pidOf(to), payload, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async request<M extends Payload>(to: ProcessRef<M>, payload: M, options?: RequestOptions): Promise<Message> {
    this.#enter();
    return await this.#host.router().request(this.#entry.pid, pidOf(to), payload, options);
  }

  async reply(request: Message<unknown>, payload: Payload): Promise<void> {
    this.#enter();
    await this.#host.router().reply(this.#entry.pid, request as Message, payload);
  }

  async replyError(request: Message<unknown>, error: WeftError): Promise<void> {
    this.#enter();
    await this.#host.router().replyError(this.#entry.pid, request as Message, error);
  }

  async publish(
    topic: string,
    payload: Payload,
    options?: SendOptions,
  ): Promise<{ readonly delivered: number; readonly refused: number }> {
    this.#enter();
    return await this.#host.router().publish(this.#entry.pid, topic, payload, options);
  }

  async subscribe(topic: string): Promise<void> {
    this.#enter();
    await this.#host.router().subscribe(this.#entry.pid, topic);
  }

  async spawn<M>(agent: AgentSource<M>, options?: SpawnOptions): Promise<AgentHandle<M>> {
    this.#enter();
    return (await this.#host.spawn(this.#entry, agent as AgentSource, options)) as AgentHandle<M>;
  }

  /** Lets the place where the agent runs answer pings, when that is another thread. */
  answerPingsBy(pong: () => Promise<void>): void {
    this.#pong = pong;
  }

  /** Answers a ping; other signals have acted already when they come here. */
  onSignal(message: Message): void {
    if (message.payload !== "ping" || message.deadline === undefined) return;
    const answer = async (): Promise<void> => {
      await this.#pong?.();
      await this.reply(message, "pong");
    };
    answer().catch((error: unknown) => {
      this.log.debug("a ping could not be answered", { error: error instanceof Error ? error.message : "unknown" });
    });
  }

  /** Lets the router count what left the mailbox and never reached the agent. A request among it fails when the process ends. */
  onUndelivered(messages: readonly Message[]): void {
    this.#host.router().undelivered(messages);
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

class ContextTools implements AgentTools {
  readonly #runner: () => ToolRunner;
  readonly #subject: Subject;
  readonly #enter: () => void;

  constructor(runner: () => ToolRunner, subject: Subject, enter: () => void) {
    this.#runner = runner;
    this.#subject = subject;
    this.#enter = enter;
  }

  async call(name: string, input: JsonValue, options?: ToolCallOptions): Promise<JsonValue> {
    this.#enter();
    return await this.#runner().call(this.#subject, name, input, options);
  }

  async list(): Promise<readonly ToolInfo[]> {
    this.#enter();
    return await this.#runner().list(this.#subject);
  }
}
