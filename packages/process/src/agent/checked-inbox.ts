/**
 * An inbox whose messages were checked against the agent's schema. What does not fit never reaches the agent: a request is
 * answered with `IPC_PAYLOAD_INVALID`, a message is logged. Runs beside the agent, on whatever backend that is.
 */
import {
  type AgentContext,
  type AgentDefinition,
  type Inbox,
  type Message,
  type ReceiveOptions,
  type SchemaIssue,
  WeftError,
} from "@weftos/interface";
import { InboxIterator } from "./inbox-iterator.ts";
import { plainMessage } from "./plain-message.ts";

const MAX_TOLD = 3;

/** Gives the context that `run` sees: the same, with a checked inbox where the agent declares what it accepts. */
export function contextFor<M>(definition: AgentDefinition<M>, context: AgentContext): AgentContext<M> {
  const { messages } = definition;
  if (messages === undefined) return context as unknown as AgentContext<M>;
  const inbox = new CheckedInbox<M>(context, async (value) => await messages["~standard"].validate(value));
  return {
    pid: context.pid as unknown as AgentContext<M>["pid"],
    name: context.name,
    parent: context.parent,
    startedAt: context.startedAt,
    input: context.input,
    environment: context.environment,
    inbox,
    log: context.log,
    tools: context.tools,
    get state() {
      return context.state;
    },
    get budget() {
      return context.budget;
    },
    get signal() {
      return context.signal;
    },
    send: (to, payload, options) => context.send(to, payload, options),
    request: (to, payload, options) => context.request(to, payload, options),
    reply: (request, payload) => context.reply(inbox.original(request), payload),
    replyError: (request, error) => context.replyError(inbox.original(request), error),
    acknowledge: (message) => context.acknowledge(inbox.original(message)),
    publish: (topic, payload, options) => context.publish(topic, payload, options),
    broadcast: (payload, options) => context.broadcast(payload, options),
    subscribe: (pattern, options) => context.subscribe(pattern, options),
    unsubscribe: (pattern, options) => context.unsubscribe(pattern, options),
    spawn: (agent, options) => context.spawn(agent, options),
    supervise: (spec) => context.supervise(spec),
    monitor: (process) => context.monitor(process),
    demonitor: (ref) => context.demonitor(ref),
    link: (process) => context.link(process),
    unlink: (process) => context.unlink(process),
    elevate: (rights, options) => context.elevate(rights, options),
    sleep: (ms, options) => context.sleep(ms, options),
  };
}

type Validate<M> = (
  value: unknown,
) => Promise<{ readonly value: M; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }>;

class CheckedInbox<M> implements Inbox<M> {
  readonly #context: AgentContext;
  readonly #validate: Validate<M>;
  readonly #originals = new WeakMap<object, Message>();

  constructor(context: AgentContext, validate: Validate<M>) {
    this.#context = context;
    this.#validate = validate;
  }

  get depth(): number {
    return this.#context.inbox.depth;
  }

  async receive(options?: ReceiveOptions): Promise<Message<M> | undefined> {
    for (;;) {
      const message = await this.#context.inbox.receive(options);
      if (message === undefined) return undefined;
      // A notice of another process's end is the kernel's own word.
      if (message.kind === "signal") return message as Message<M>;
      const result = await this.#validate(message.payload);
      if (result.issues === undefined) return this.#checked(message, result.value);
      await this.#refuse(message, result.issues);
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Message<M>, undefined> {
    return new InboxIterator(this);
  }

  /** The message with the payload as the schema gives it; what is said of it later is said of the one that came. */
  #checked(message: Message, payload: M): Message<M> {
    const copy = { ...plainMessage(message), payload };
    this.#originals.set(copy, message);
    return copy;
  }

  original(message: Message<unknown>): Message {
    return this.#originals.get(message) ?? (message as Message);
  }

  async #refuse(message: Message, issues: readonly SchemaIssue[]): Promise<void> {
    const { log, name } = this.#context;
    log.warn("a message does not fit what the agent accepts", { messageId: message.id, from: message.from });
    if (message.deadline === undefined) return;
    const told = issues.slice(0, MAX_TOLD).map(tell).join("; ");
    const error = WeftError.fromJSON({
      code: "IPC_PAYLOAD_INVALID",
      message: `the agent ${name} does not accept this payload: ${told}`,
      retryable: false,
      details: { path: pathOf(issues[0]), received: message.kind },
    });
    try {
      await this.#context.replyError(message, error);
    } catch (failure) {
      log.warn("an invalid request could not be refused", {
        messageId: message.id,
        error: failure instanceof Error ? failure.message : "unknown",
      });
    }
  }
}

function pathOf(issue: SchemaIssue | undefined): string {
  const steps = issue?.path ?? [];
  return steps.map((step) => String(typeof step === "object" ? step.key : step)).join(".");
}

function tell(issue: SchemaIssue): string {
  const path = pathOf(issue);
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}
