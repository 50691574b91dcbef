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
  CapabilityRequest,
  Elevated,
  JsonValue,
  Logger,
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
  ToolCallOptions,
  ToolInfo,
  WeftError,
} from "@weftos/interface";
import { StopSignal } from "../agent/stop-signal.ts";
import { packError, unpackError } from "./carried-error.ts";
import { ChildrenApart } from "./children-apart.ts";
import { noMessage } from "./fit-call.ts";
import { PortCalls } from "./port-calls.ts";
import { PortLogger } from "./port-logger.ts";
import { WorkerInbox } from "./worker-inbox.ts";
import type {
  Call,
  CarriedOptions,
  FromWorker,
  Measured,
  ToolAnswer,
  ToWorker,
  WorkerStart,
} from "./worker-protocol.ts";

export class WorkerClient implements AgentContext {
  readonly pid: Pid<Payload>;
  readonly name: string;
  readonly parent: Pid;
  readonly startedAt: number;
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
  readonly #calls: PortCalls;
  readonly #children: ChildrenApart;

  /** @param used - tells what this place has used, when the kernel asks */
  constructor(start: WorkerStart, post: (message: FromWorker) => void, used: () => Measured) {
    this.pid = start.pid as Pid<Payload>;
    this.name = start.name;
    this.parent = start.parent as Pid;
    this.startedAt = start.startedAt;
    this.input = start.input;
    this.environment = Object.freeze({ ...start.environment });
    this.#post = post;
    this.#used = used;
    this.#calls = new PortCalls(post);
    this.#children = new ChildrenApart(this.#calls);
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
        this.#calls.resolve(message.id, message.value);
        break;
      case "error":
        this.#calls.reject(message.id, unpackError(message.error));
        break;
      case "logged":
        this.#log.read(message.count);
        break;
      case "ping":
        this.#post({ type: "pong", id: message.id, used: { ...this.#used(), idle: this.inbox.receiving } });
        break;
      case "child-restarted":
        this.#children.moved(message.child, message.pid);
        break;
      case "child-exited":
        this.#children.exited(message.child, message.reason);
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

  async reply(request: Message<unknown>, payload: Payload): Promise<ReplyResult> {
    if (asksNothing(request)) return { status: "unasked" };
    return (await this.#call({ method: "reply", request: request.id, payload })) as ReplyResult;
  }

  async replyError(request: Message<unknown>, error: WeftError): Promise<ReplyResult> {
    if (asksNothing(request)) return { status: "unasked" };
    const call = { method: "replyError", request: request.id, error: packError(error) } as const;
    return (await this.#call(call)) as ReplyResult;
  }

  async acknowledge(message: Message<unknown>): Promise<void> {
    if (typeof message?.id !== "string") throw noMessage();
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
    return (await this.#children.spawn(agent as AgentSource | ModuleName, options)) as AgentHandle<M>;
  }

  async supervise(spec: SupervisorSpec): Promise<OwnSupervisor> {
    return await this.#children.supervise(spec);
  }

  async monitor(process: ProcessRef<never>): Promise<MonitorRef> {
    return (await this.#call({ method: "monitor", process: pidOf(process) })) as MonitorRef;
  }

  async demonitor(ref: MonitorRef): Promise<boolean> {
    return (await this.#call({ method: "demonitor", ref })) as boolean;
  }

  async link(process: ProcessRef<never>): Promise<void> {
    await this.#call({ method: "link", process: pidOf(process) });
  }

  async unlink(process: ProcessRef<never>): Promise<void> {
    await this.#call({ method: "unlink", process: pidOf(process) });
  }

  async elevate(rights: CapabilityRequest, options: OwnElevateOptions): Promise<Elevated> {
    const { signal, forMs, reason, onDefer, approval } = options;
    return (await this.#call({ method: "elevate", rights, forMs, reason, onDefer, approval }, signal)) as Elevated;
  }

  async sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void> {
    const given = options?.signal;
    await this.#call(
      { method: "sleep", ms },
      given === undefined ? this.signal : AbortSignal.any([given, this.signal]),
    );
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

  #call(call: Call, signal?: AbortSignal): Promise<unknown> {
    return this.#calls.make(call, signal);
  }

  async #callTool(name: string, input: JsonValue, options: ToolCallOptions = {}): Promise<JsonValue> {
    const { signal, onDefer, approval, onWarnings } = options;
    const answer = await this.#call({ method: "callTool", name, input, onDefer, approval }, signal);
    const { output, warnings } = answer as ToolAnswer;
    if (warnings.length > 0) onWarnings?.(warnings);
    return output;
  }
}

function receiverOf(to: ProcessRef<never> | MessageTarget): number | MessageTarget {
  return typeof to === "object" && "kind" in to ? to : pidOf(to);
}

function pidOf(process: ProcessRef<never>): number {
  return typeof process === "number" ? process : process.pid;
}

/** As the router has it: what was sent and not requested gets no reply. What is no message at all is refused there. */
function asksNothing(request: Message<unknown>): boolean {
  return typeof request?.id === "string" && request.deadline === undefined;
}
