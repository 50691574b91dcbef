/**
 * The context of an agent in a worker thread: every call goes over the port to the context in the kernel's thread, where
 * it is checked. Runs inside the worker and trusts what the kernel says.
 */
import type {
  AgentBudget,
  AgentContext,
  AgentHandle,
  AgentSource,
  AgentState,
  AgentTools,
  BudgetAmounts,
  BudgetHold,
  ExitReason,
  JsonValue,
  LogFields,
  Logger,
  LogLevel,
  Message,
  MessageTarget,
  ModuleName,
  Payload,
  Pid,
  ProcessRef,
  PublishResult,
  RequestOptions,
  SendOptions,
  SendResult,
  SpawnOptions,
  SubscribeOptions,
  ToolCallOptions,
  ToolInfo,
  WeftError,
} from "@weftos/interface";
import { StopSignal } from "../agent/stop-signal.ts";
import { AgentNotAModuleError } from "../process-errors.ts";
import { packError, unpackError } from "./carried-error.ts";
import { WorkerInbox } from "./worker-inbox.ts";
import {
  type Call,
  type CarriedOptions,
  type FromWorker,
  LOG_WINDOW,
  MAX_CALLS,
  MAX_LOG_FIELDS,
  type Measured,
  type ToWorker,
  type WorkerStart,
} from "./worker-protocol.ts";

/** Calls that are sent before answers come; those beyond wait in the worker. */
const CALLS_AT_ONCE = MAX_CALLS / 4;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

export class WorkerClient implements AgentContext {
  readonly pid: Pid<Payload>;
  readonly name: string;
  readonly parent: Pid;
  readonly input: JsonValue;
  readonly environment: Readonly<Record<string, string>>;
  readonly inbox: WorkerInbox;
  readonly log: Logger;
  readonly tools: AgentTools;
  readonly state: AgentState;
  readonly budget: AgentBudget;
  readonly #post: (message: FromWorker) => void;
  readonly #used: () => Measured;
  readonly #stop = new StopSignal();
  readonly #log: PortLogger;
  readonly #calls = new Map<number, Waiting>();
  readonly #queue: (() => void)[] = [];
  readonly #children = new Map<number, ChildHandle>();
  #ids = 0;

  /** @param used - tells what this place has used, when the kernel asks */
  constructor(start: WorkerStart, post: (message: FromWorker) => void, used: () => Measured) {
    this.pid = start.pid as Pid<Payload>;
    this.name = start.name;
    this.parent = start.parent as Pid;
    this.input = start.input;
    this.environment = start.environment;
    this.#post = post;
    this.#used = used;
    this.inbox = new WorkerInbox((count) => post({ type: "credit", count }));
    this.#log = new PortLogger(start.levels, post);
    this.log = this.#log;
    this.tools = {
      call: async (name, input, options) => await this.#callTool(name, input, options),
      list: async () => (await this.#call({ method: "listTools" })) as readonly ToolInfo[],
    };
    this.state = {
      get: async (key) => (await this.#call({ method: "stateGet", key })) as JsonValue | undefined,
      set: async (key, value) => void (await this.#call({ method: "stateSet", key, value })),
      remove: async (key) => (await this.#call({ method: "stateRemove", key })) as boolean,
      keys: async () => (await this.#call({ method: "stateKeys" })) as readonly string[],
    };
    this.budget = {
      remaining: async () => (await this.#call({ method: "budgetRemaining" })) as BudgetAmounts,
      spend: async (amount, { onExhausted, signal } = {}) => {
        await this.#call({ method: "budgetSpend", amount, onExhausted }, signal);
      },
      reserve: async (amount, { onExhausted, signal } = {}) =>
        this.#holdOf((await this.#call({ method: "budgetReserve", amount, onExhausted }, signal)) as string),
    };
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Takes what the kernel says. */
  receive(message: ToWorker): void {
    switch (message.type) {
      case "message":
        this.inbox.push(message.message);
        break;
      case "end":
        this.inbox.close();
        break;
      case "abort":
        this.#stop.request(() => unpackError(message.error));
        break;
      case "hold":
        this.inbox.hold();
        break;
      case "release":
        this.inbox.release();
        break;
      case "result":
        this.#settle(message.id, (call) => call.resolve(message.value));
        break;
      case "error":
        this.#settle(message.id, (call) => call.reject(unpackError(message.error)));
        break;
      case "logged":
        this.#log.read(message.count);
        break;
      case "ping":
        this.#post({ type: "pong", id: message.id, used: { ...this.#used(), idle: this.inbox.receiving } });
        break;
      case "child-restarted":
        this.#children.get(message.child)?.moved(message.pid as Pid);
        break;
      case "child-exited":
        this.#children.get(message.child)?.settle(message.reason);
        this.#children.delete(message.child);
    }
  }

  async send<M extends Payload>(
    to: ProcessRef<M> | MessageTarget,
    payload: M,
    options: SendOptions = {},
  ): Promise<SendResult> {
    const call = { method: "send", to: receiverOf(to), payload, options: this.#carried(options) } as const;
    return (await this.#call(call, options.signal)) as SendResult;
  }

  async request<M extends Payload>(
    to: ProcessRef<M> | MessageTarget,
    payload: M,
    options: RequestOptions = {},
  ): Promise<Message> {
    const { timeoutMs, signal } = options;
    const call = {
      method: "request",
      to: receiverOf(to),
      payload,
      options: this.#carried(options),
      timeoutMs,
    } as const;
    return (await this.#call(call, signal)) as Message;
  }

  async reply(request: Message<unknown>, payload: Payload): Promise<void> {
    await this.#call({ method: "reply", request: request.id, payload });
  }

  async replyError(request: Message<unknown>, error: WeftError): Promise<void> {
    await this.#call({ method: "replyError", request: request.id, error: packError(error) });
  }

  async acknowledge(message: Message<unknown>): Promise<void> {
    // Others need none.
    if (message.attempt === undefined && message.position === undefined) return;
    await this.#call({ method: "acknowledge", message: message.id });
  }

  async publish(topic: string, payload: Payload, options: SendOptions = {}): Promise<PublishResult> {
    const call = { method: "publish", topic, payload, options: this.#carried(options) } as const;
    return (await this.#call(call, options.signal)) as PublishResult;
  }

  async broadcast(payload: Payload, options: SendOptions = {}): Promise<PublishResult> {
    const call = { method: "broadcast", payload, options: this.#carried(options) } as const;
    return (await this.#call(call, options.signal)) as PublishResult;
  }

  async subscribe(topic: string, options: SubscribeOptions = {}): Promise<void> {
    await this.#call({ method: "subscribe", topic, options });
  }

  async unsubscribe(topic: string, options: Pick<SubscribeOptions, "group"> = {}): Promise<void> {
    await this.#call({ method: "unsubscribe", topic, options });
  }

  async spawn<M>(agent: AgentSource<M> | ModuleName, options: SpawnOptions = {}): Promise<AgentHandle<M>> {
    if (typeof agent !== "string" && !(agent instanceof URL)) {
      throw new AgentNotAModuleError(
        "an agent outside the kernel's thread can start modules only: a closure does not leave its thread",
        {
          details: { agent: agent.name, backend: "worker" },
        },
      );
    }
    const { signal, ...given } = options;
    const child = this.#ids + 1;
    const started = await this.#call(
      { method: "spawn", module: typeof agent === "string" ? agent : agent.href, options: defined(given) },
      signal,
      (value) => {
        const { pid, name } = value as { readonly pid: Pid; readonly name: string };
        const handle = new ChildHandle(name, pid);
        this.#children.set(child, handle);
        return handle;
      },
    );
    return started as AgentHandle<M>;
  }

  /** A message goes out under the trace of the one that the agent took last, which only this place knows. */
  #carried({ trace, forwards, kind, segmentType, reliable, key }: SendOptions): CarriedOptions {
    const given = trace === undefined ? (forwards?.trace ?? this.inbox.lastTrace ?? null) : trace;
    const hops = forwards === undefined ? undefined : { hops: forwards.hops, trace: forwards.trace };
    return { trace: given, forwards: hops, kind, segmentType, reliable, key };
  }

  #holdOf(id: string): BudgetHold {
    return {
      id,
      settle: async (actual) => void (await this.#call({ method: "budgetSettle", hold: id, actual })),
      release: async () => void (await this.#call({ method: "budgetRelease", hold: id })),
    };
  }

  async #callTool(name: string, input: JsonValue, options: ToolCallOptions = {}): Promise<JsonValue> {
    const { signal, onDefer, approval } = options;
    return (await this.#call({ method: "callTool", name, input, onDefer, approval }, signal)) as JsonValue;
  }

  /** `map` runs before anything that the kernel says next is taken. */
  #call(call: Call, signal?: AbortSignal, map: (value: unknown) => unknown = (value) => value): Promise<unknown> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    this.#ids += 1;
    const id = this.#ids;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#post({ type: "cancel", id });
        this.#settle(id, () => reject(signal?.reason));
      };
      const settled = (): void => signal?.removeEventListener("abort", onAbort);
      const start = (): void => {
        if (signal?.aborted === true) {
          reject(signal.reason);
          return;
        }
        signal?.addEventListener("abort", onAbort, { once: true });
        const waiting: Waiting = {
          resolve: (value) => {
            settled();
            resolve(map(value));
          },
          reject: (reason) => {
            settled();
            reject(reason);
          },
        };
        this.#calls.set(id, waiting);
        try {
          this.#post({ type: "call", id, call });
        } catch (error) {
          // What cannot be cloned never left this thread.
          this.#settle(id, () => waiting.reject(error));
        }
      };
      if (this.#calls.size < CALLS_AT_ONCE) start();
      else this.#queue.push(start);
    });
  }

  #settle(id: number, settle: (call: Waiting) => void): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#calls.delete(id);
    settle(call);
    if (this.#calls.size < CALLS_AT_ONCE) this.#queue.shift()?.();
  }
}

class ChildHandle implements AgentHandle {
  readonly name: string;
  readonly exited: Promise<ExitReason>;
  settle: (reason: ExitReason) => void = () => undefined;
  #pid: Pid;

  constructor(name: string, pid: Pid) {
    this.name = name;
    this.#pid = pid;
    this.exited = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  get pid(): Pid {
    return this.#pid;
  }

  moved(pid: Pid): void {
    this.#pid = pid;
  }
}

/** Sends log lines while the kernel keeps up; others are counted, and the count goes with the next line. */
class PortLogger implements Logger {
  readonly #levels: ReadonlySet<LogLevel>;
  readonly #post: (message: FromWorker) => void;
  #unread = 0;
  #dropped = 0;

  constructor(levels: readonly LogLevel[], post: (message: FromWorker) => void) {
    this.#levels = new Set(levels);
    this.#post = post;
  }

  trace(message: string, fields?: LogFields): void {
    this.#write("trace", message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write("error", message, fields);
  }

  enabled(level: LogLevel): boolean {
    return this.#levels.has(level);
  }

  read(count: number): void {
    this.#unread -= count;
  }

  #write(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (!this.#levels.has(level)) return;
    if (this.#unread >= LOG_WINDOW) {
      this.#dropped += 1;
      return;
    }
    this.#unread += 1;
    const dropped = this.#dropped;
    this.#dropped = 0;
    // Through text: what is no JSON in the fields must not break the port.
    const text = JSON.stringify(fields);
    const copy = text.length > MAX_LOG_FIELDS ? { fieldsTooLong: text.length } : (JSON.parse(text) as LogFields);
    this.#post({ type: "log", level, message: message.slice(0, 16_384), fields: copy, dropped });
  }
}

function receiverOf(to: ProcessRef<never> | MessageTarget): number | MessageTarget {
  if (typeof to === "number") return to;
  return "kind" in to ? to : to.pid;
}

/** Leaves out what is undefined: JSON has no such value. */
function defined(options: SpawnOptions): SpawnOptions {
  return JSON.parse(JSON.stringify(options)) as SpawnOptions;
}
