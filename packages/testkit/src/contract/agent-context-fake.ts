/** An agent's context that leads nowhere: for spawn backends, which only carry it. */
import { type AgentContext, type Inbox, type JsonValue, type Logger, type Message, toPid } from "@weftos/interface";

const silent: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  enabled: () => false,
};

/** A mailbox without messages that ends when the signal aborts. */
function emptyInbox(signal: AbortSignal): Inbox {
  const ended = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  return {
    depth: 0,
    receive: () => ended,
    [Symbol.asyncIterator]: () => ({
      next: () => ended.then((): IteratorResult<Message> => ({ done: true, value: undefined })),
    }),
  };
}

/** Makes a context whose outgoing calls reject. */
export function isolatedContext(init: {
  readonly input?: JsonValue;
  readonly signal: AbortSignal;
  /** Gets what the agent sends. */
  readonly onSend?: (payload: unknown) => void;
}): AgentContext {
  const refuse = (): Promise<never> => Promise.reject(new Error("this context leads nowhere"));
  return {
    pid: toPid(7),
    name: "contract",
    parent: toPid(0),
    input: init.input ?? null,
    inbox: emptyInbox(init.signal),
    signal: init.signal,
    log: silent,
    tools: { call: refuse, list: async () => [] },
    send: async (_to, payload) => {
      init.onSend?.(payload);
      return { status: "delivered", id: "0".repeat(24) };
    },
    request: refuse,
    reply: refuse,
    replyError: refuse,
    publish: refuse,
    subscribe: refuse,
    spawn: refuse,
  };
}
