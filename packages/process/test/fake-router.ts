/** A message router without guard and limits, enough for agents to talk in tests. */
import {
  type Clock,
  type MailboxEnd,
  type MailboxListener,
  type Message,
  type MessageRouter,
  type MessageTarget,
  type Payload,
  type Pid,
  type PublishResult,
  type ReplyResult,
  type RequestOptions,
  type TrySendResult,
  WeftError,
  type WeftErrorJson,
} from "@weftos/interface";

class FakeMailbox implements MailboxEnd {
  readonly queue: Message[] = [];
  readonly waiters: ((message: Message | undefined) => void)[] = [];
  closed = false;
  asking = 0;
  #listener: MailboxListener | undefined;

  get depth(): number {
    return this.queue.length;
  }

  push(message: Message): void {
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.queue.push(message);
    else waiter(message);
    this.#ready();
  }

  take(where: (message: Message) => boolean = () => true): Message | undefined {
    const at = this.queue.findIndex((message) => where(message));
    return at < 0 ? undefined : this.queue.splice(at, 1)[0];
  }

  whenReady(listener: MailboxListener): void {
    this.#listener = listener;
  }

  #ready(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onMailbox();
  }

  receive(): Promise<Message | undefined> {
    const message = this.queue.shift();
    if (message !== undefined || this.closed) return Promise.resolve(message);
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  close(): void {
    this.closed = true;
    for (const waiter of this.waiters.splice(0)) waiter(undefined);
    this.#ready();
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
  readonly #clock: Pick<Clock, "schedule">;
  #ids = 0;

  constructor(clock: Pick<Clock, "schedule">) {
    this.#clock = clock;
  }

  attach(pid: Pid, options?: { readonly limit?: number | undefined }): MailboxEnd {
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

  move(from: Pid, to: Pid): MailboxEnd {
    const old = this.mailboxes.get(from);
    this.mailboxes.delete(from);
    const mailbox = this.attach(to, { ...(this.limits.has(from) ? { limit: this.limits.get(from) } : {}) });
    for (const message of old?.queue.splice(0) ?? []) (mailbox as FakeMailbox).push(message);
    for (const subscribers of this.topics.values()) if (subscribers.delete(from)) subscribers.add(to);
    old?.close();
    return mailbox;
  }

  trySend(from: Pid, to: Pid | MessageTarget, payload: Payload): TrySendResult {
    const message = this.#message(from, pidOf(to), payload, {});
    this.#mailbox(pidOf(to)).push(message);
    return { status: "delivered", id: message.id };
  }

  async acknowledge(): Promise<void> {}

  async broadcast(from: Pid, payload: Payload): Promise<PublishResult> {
    const others = [...this.mailboxes.keys()].filter((pid) => pid !== from);
    for (const pid of others) this.#mailbox(pid).push(this.#message(from, pid, payload, {}));
    return { delivered: others.length, refused: 0 };
  }

  async send(from: Pid, target: Pid | MessageTarget, payload: Payload): Promise<{ status: "delivered"; id: string }> {
    return this.trySend(from, target, payload) as { status: "delivered"; id: string };
  }

  async request(
    from: Pid,
    target: Pid | MessageTarget,
    payload: Payload,
    { timeoutMs, signal }: RequestOptions = {},
  ): Promise<Message> {
    const to = pidOf(target);
    const message = this.#message(from, to, payload, { deadline: 1 });
    const late = timeoutMs === undefined ? undefined : this.#clock.schedule(timeoutMs, () => this.#late(message));
    signal?.addEventListener("abort", () => late?.cancel(), { once: true });
    const answer = new Promise<Message>((resolve) => this.pending.set(message.id, resolve));
    this.#mailbox(to).push(message);
    const asker = this.mailboxes.get(from);
    if (asker !== undefined) asker.asking += 1;
    const reply = await answer;
    late?.cancel();
    if (asker !== undefined) asker.asking -= 1;
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

  async reply(from: Pid, request: Message, payload: Payload): Promise<ReplyResult> {
    return this.#answer(request, this.#message(from, request.from, payload, { correlationId: request.id }));
  }

  async replyError(from: Pid, request: Message, error: WeftError): Promise<ReplyResult> {
    const init = { correlationId: request.id, error: error.toJSON() };
    return this.#answer(request, this.#message(from, request.from, null, init));
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

  /** Whose rights were said to have changed. */
  readonly reviewed: Pid[] = [];

  rightsChanged(pid: Pid): void {
    this.reviewed.push(pid);
  }

  undelivered(pid: Pid, messages: readonly Message[]): void {
    const mailbox = this.mailboxes.get(pid);
    if (mailbox === undefined) this.buried.push(...messages);
    else mailbox.queue.unshift(...messages);
  }

  unsubscribe(pid: Pid, topic: string): void {
    this.topics.get(topic)?.delete(pid);
  }

  #late(request: Message): void {
    const message = "nobody answered in time";
    const error = { code: "IPC_TIMEOUT", message, retryable: true, details: {} };
    this.#answer(request, { ...request, payload: null, error });
  }

  #answer(request: Message, reply: Message): ReplyResult {
    if (request.deadline === undefined) return { status: "unasked" };
    const pending = this.pending.get(request.id);
    pending?.(reply);
    this.pending.delete(request.id);
    return { status: pending === undefined ? "late" : "answered" };
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
      hops: 0,
      segmentType: undefined,
      attempt: undefined,
      position: undefined,
    };
  }
}

function pidOf(target: Pid | MessageTarget): Pid {
  if (typeof target === "number") return target;
  if (target.kind === "process") return target.pid;
  throw new Error(`the fake knows no ${target.kind}`);
}
