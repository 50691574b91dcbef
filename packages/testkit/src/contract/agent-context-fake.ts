/** An agent's context that leads nowhere but to the test: for spawn backends, which only carry it. */
import {
  type AgentContext,
  type AgentState,
  type Inbox,
  type JsonValue,
  type LogFields,
  type Logger,
  type LogLevel,
  type Message,
  type Payload,
  toPid,
} from "@weftos/interface";

/** A line that the agent, or its output, wrote. */
export interface LoggedLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export interface IsolatedInit {
  readonly signal: AbortSignal;
  readonly input?: JsonValue;
  readonly environment?: Readonly<Record<string, string>>;
  /** Gets what the agent sends. */
  readonly onSend?: (payload: unknown) => void;
  readonly onLog?: (line: LoggedLine) => void;
  /** Waits in place of a clock. @defaultValue a sleep is over at once */
  readonly onSleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** A context with the end of its mailbox that a test puts messages into. */
export interface IsolatedContext extends AgentContext {
  /** Puts a message into its mailbox. */
  deliver(payload: Payload): void;
}

/** A mailbox that ends when the signal aborts. */
class TestInbox implements Inbox {
  readonly #messages: Message[] = [];
  readonly #waiting: ((message: Message | undefined) => void)[] = [];
  #ended = false;

  constructor(signal: AbortSignal) {
    const end = (): void => {
      this.#ended = true;
      for (const resolve of this.#waiting.splice(0)) resolve(undefined);
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  }

  get depth(): number {
    return this.#messages.length;
  }

  put(message: Message): void {
    const resolve = this.#waiting.shift();
    if (resolve === undefined) this.#messages.push(message);
    else resolve(message);
  }

  async receive(): Promise<Message | undefined> {
    const message = this.#messages.shift();
    if (message !== undefined || this.#ended) return message;
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return {
      next: async () => {
        const value = await this.receive();
        return value === undefined ? { done: true, value } : { done: false, value };
      },
    };
  }
}

function stateInMemory(): AgentState {
  const values = new Map<string, JsonValue>();
  return {
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    remove: async (key) => values.delete(key),
    keys: async () => [...values.keys()].sort(),
  };
}

function loggerTo(onLog: (line: LoggedLine) => void): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      onLog({ level, message, fields });
  return {
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    enabled: () => true,
  };
}

/** Makes a context whose outgoing calls reject, but for `send`, `log` and `state`. */
export function isolatedContext(init: IsolatedInit): IsolatedContext {
  const refuse = (): Promise<never> => Promise.reject(new Error("this context leads nowhere"));
  const inbox = new TestInbox(init.signal);
  let ids = 0;
  return {
    pid: toPid(7),
    name: "contract",
    parent: toPid(0),
    startedAt: 0,
    input: init.input ?? null,
    environment: init.environment ?? {},
    inbox,
    signal: init.signal,
    log: loggerTo(init.onLog ?? (() => {})),
    tools: { call: refuse, list: async () => [] },
    state: stateInMemory(),
    budget: { remaining: async () => ({}), spend: refuse, reserve: refuse },
    send: async (_to, payload) => {
      init.onSend?.(payload);
      return { status: "delivered", id: "0".repeat(24) };
    },
    request: refuse,
    reply: refuse,
    replyError: refuse,
    acknowledge: refuse,
    publish: refuse,
    broadcast: refuse,
    subscribe: refuse,
    unsubscribe: refuse,
    spawn: refuse,
    supervise: refuse,
    monitor: refuse,
    demonitor: refuse,
    link: refuse,
    unlink: refuse,
    elevate: refuse,
    sleep: async (ms, options) => await init.onSleep?.(ms, options?.signal),
    deliver(payload) {
      ids += 1;
      inbox.put({
        id: ids.toString(16).padStart(24, "0"),
        from: toPid(0),
        target: { kind: "process", pid: toPid(7) },
        kind: typeof payload === "string" ? "text" : payload instanceof Uint8Array ? "binary" : "json",
        payload,
        sentAt: 0,
        correlationId: undefined,
        deadline: undefined,
        trace: undefined,
        error: undefined,
        hops: 0,
        segmentType: undefined,
        attempt: undefined,
        position: undefined,
      });
    },
  };
}
