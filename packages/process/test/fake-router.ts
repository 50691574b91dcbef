/** A message router without guard and limits, enough for agents to talk in tests. */
import {
  type Inbox,
  type Message,
  type MessageRouter,
  type Payload,
  type Pid,
  WeftError,
  type WeftErrorJson,
} from "@weftos/interface";

class FakeMailbox implements Inbox {
  readonly queue: Message[] = [];
  readonly waiters: ((message: Message | undefined) => void)[] = [];
  closed = false;

  get depth(): number {
    return this.queue.length;
  }

  push(message: Message): void {
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.queue.push(message);
    else waiter(message);
  }

  receive(): Promise<Message | undefined> {
    const message = this.queue.shift();
    if (message !== undefined || this.closed) return Promise.resolve(message);
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  close(): void {
    this.closed = true;
    for (const waiter of this.waiters.splice(0)) waiter(undefined);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    for (;;) {
      const message = await this.receive();
      if (message === undefined) return undefined;
      yield message;
    }
  }
}

export class FakeRouter implements MessageRouter {
  readonly mailboxes = new Map<Pid, FakeMailbox>();
  readonly limits = new Map<Pid, number | undefined>();
  readonly topics = new Map<string, Set<Pid>>();
  readonly pending = new Map<string, (reply: Message) => void>();
  /** What left a mailbox and reached nobody. */
  readonly buried: Message[] = [];
  /** Payloads that waited in a mailbox when it closed. */
  readonly waited = new Map<Pid, readonly Payload[]>();
  #ids = 0;

  attach(pid: Pid, options?: { readonly limit?: number | undefined }): Inbox {
    const mailbox = new FakeMailbox();
    this.mailboxes.set(pid, mailbox);
    this.limits.set(pid, options?.limit);
    return mailbox;
  }

  detach(pid: Pid): void {
    const mailbox = this.mailboxes.get(pid);
    if (mailbox !== undefined)
      this.waited.set(
        pid,
        mailbox.queue.map(({ payload }) => payload),
      );
    mailbox?.close();
    this.mailboxes.delete(pid);
    for (const subscribers of this.topics.values()) subscribers.delete(pid);
  }

  async send(from: Pid, to: Pid, payload: Payload): Promise<{ status: "delivered"; id: string }> {
    const message = this.#message(from, to, payload, {});
    this.#mailbox(to).push(message);
    return { status: "delivered", id: message.id };
  }

  async request(from: Pid, to: Pid, payload: Payload): Promise<Message> {
    const message = this.#message(from, to, payload, { deadline: 1 });
    const answer = new Promise<Message>((resolve) => this.pending.set(message.id, resolve));
    this.#mailbox(to).push(message);
    const reply = await answer;
    if (reply.error !== undefined) throw WeftError.fromJSON(reply.error);
    return reply;
  }

  /** Sends a ping as a kernel does; resolves with the answer. */
  ping(to: Pid): Promise<Message> {
    const message: Message = { ...this.#message(0 as Pid, to, "ping", { deadline: 1 }), kind: "signal" };
    const answer = new Promise<Message>((resolve) => this.pending.set(message.id, resolve));
    this.#mailbox(to).push(message);
    return answer;
  }

  async reply(from: Pid, request: Message, payload: Payload): Promise<void> {
    this.#answer(request, this.#message(from, request.from, payload, { correlationId: request.id }));
  }

  async replyError(from: Pid, request: Message, error: WeftError): Promise<void> {
    const init = { correlationId: request.id, error: error.toJSON() };
    this.#answer(request, this.#message(from, request.from, null, init));
  }

  async publish(from: Pid, topic: string, payload: Payload): Promise<{ delivered: number; refused: number }> {
    let delivered = 0;
    for (const pid of this.topics.get(topic) ?? []) {
      if (pid === from) continue;
      this.#mailbox(pid).push(this.#message(from, pid, payload, {}));
      delivered += 1;
    }
    return { delivered, refused: 0 };
  }

  async subscribe(pid: Pid, topic: string): Promise<void> {
    const subscribers = this.topics.get(topic) ?? new Set();
    this.topics.set(topic, subscribers.add(pid));
  }

  undelivered(messages: readonly Message[]): void {
    this.buried.push(...messages);
  }

  unsubscribe(pid: Pid, topic: string): void {
    this.topics.get(topic)?.delete(pid);
  }

  #answer(request: Message, reply: Message): void {
    this.pending.get(request.id)?.(reply);
    this.pending.delete(request.id);
  }

  #mailbox(pid: Pid): FakeMailbox {
    const mailbox = this.mailboxes.get(pid);
    if (mailbox !== undefined) return mailbox;
    throw WeftError.fromJSON({
      code: "IPC_TARGET_NOT_FOUND",
      message: `no mailbox of ${pid}`,
      retryable: false,
      details: {},
    });
  }

  #message(
    from: Pid,
    to: Pid,
    payload: Payload,
    init: { deadline?: number; correlationId?: string; error?: WeftErrorJson },
  ): Message {
    this.#ids += 1;
    return {
      id: this.#ids.toString(16).padStart(24, "0"),
      from,
      target: { kind: "process", pid: to },
      kind: typeof payload === "string" ? "text" : payload instanceof Uint8Array ? "binary" : "json",
      payload,
      sentAt: 0,
      correlationId: init.correlationId,
      deadline: init.deadline,
      trace: undefined,
      error: init.error,
    };
  }
}
