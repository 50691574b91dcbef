/**
 * Carries messages: sender checked, guard asked, delivered or refused. Within one kernel; what crosses nodes goes through a
 * `RemoteTransport`, what must survive a crash through the outbox.
 */
import {
  type ActionRequest,
  type Attributes,
  type CapabilityCheck,
  type Clock,
  type DigestCall,
  type Guard,
  isWeftError,
  KERNEL_PID,
  type MailboxEnd,
  type MailboxOptions,
  type Message,
  type MessageRouter,
  type MessageTarget,
  type NodeId,
  type Payload,
  type Pid,
  type ProcessDirectory,
  type PublishResult,
  type RemoteEnvelope,
  type RemoteReply,
  type RemoteTransport,
  type RequestOptions,
  type SendOptions,
  type SendResult,
  type ServiceDirectory,
  type SignalName,
  type Subject,
  type SubscribeOptions,
  type TrySendResult,
  type WeftError,
} from "@weftos/interface";
import type { DeadLetter, DeadLetterReason } from "../dead-letter/dead-letter.ts";
import type { DeadLetters } from "../dead-letter/dead-letters.ts";
import type { Outbox } from "../delivery/outbox.ts";
import { subscribeAction } from "../ipc-actions.ts";
import {
  InboxFullError,
  NoHandlerError,
  NoReceiverError,
  NotAtOnceError,
  SenderNotRunningError,
  TargetExitedError,
} from "../ipc-errors.ts";
import type { Pushed } from "../mailbox/mailbox.ts";
import { invalid, localTargetOf, readOptions, recipientOf } from "../message/call-input.ts";
import { Envelope, type RareFields, Receipt } from "../message/envelope.ts";
import type { MessageIds } from "../message/message-ids.ts";
import { MessageMaker } from "../message/message-maker.ts";
import { type PreparedPayload, preparePayload } from "../message/payload.ts";
import type { DurableTopics } from "../topic/durable-topics.ts";
import type { FanOut, Subscriptions } from "../topic/subscriptions.ts";
import { checkPattern, checkTopic } from "../topic/topic-name.ts";
import { Endpoints, type ProcessRoute } from "./endpoints.ts";
import { KernelHandlers } from "./kernel-handlers.ts";
import { type Deliver, declared, Requests } from "./requests.ts";
import { notFound, type Route, Routes } from "./routes.ts";
import type { TraceLog } from "./trace-log.ts";

const DEFAULT_LIMIT = 1024;
const done: Promise<void> = Promise.resolve();

/** What the router asks of the kernel. */
export interface RouterDeps {
  readonly clock: Clock;
  readonly guard: Guard;
  readonly signal: AbortSignal;
  readonly rights: () => Pick<CapabilityCheck, "check">;
  readonly processes: () => Pick<ProcessDirectory, "state">;
  readonly services: () => Pick<ServiceDirectory, "resolve" | "unregisterOwner" | "moveOwner">;
  readonly remote: () => RemoteTransport | undefined;
  readonly ids: MessageIds;
  readonly topics: Subscriptions;
  readonly deadLetters: DeadLetters;
  readonly traces: TraceLog;
  readonly onDeadLetter: (letter: DeadLetter) => void;
}

/** What takes over where memory is not enough. */
export interface Durability {
  readonly outbox: Pick<Outbox, "post" | "acknowledge" | "returned" | "moved">;
  readonly durables: Pick<DurableTopics, "subscribe" | "left" | "acknowledge" | "patternsOf" | "rest">;
}

export class Router implements MessageRouter {
  readonly #deps: RouterDeps;
  readonly #endpoints: Endpoints;
  readonly #routes: Routes;
  readonly #maker: MessageMaker;
  readonly #requests: Requests;
  readonly handlers: KernelHandlers = new KernelHandlers();
  #durability: Durability | undefined;
  #emptied: (() => void) | undefined;

  constructor(deps: RouterDeps) {
    this.#deps = deps;
    this.#endpoints = new Endpoints({
      dropped: (message, pid) => {
        message.rare.dropped?.();
        this.bury(message, "dropped-oldest", pid);
      },
    });
    this.#routes = new Routes(this.#endpoints, deps.services);
    this.#maker = new MessageMaker(deps.ids, deps.clock, (pid) => this.#endpoints.find(pid)?.mailbox.lastTrace);
    this.#requests = new Requests({
      clock: deps.clock,
      guard: deps.guard,
      maker: this.#maker,
      traces: deps.traces,
      subject: (pid) => this.#endpoints.subject(pid),
      bury: (message, reason) => this.bury(message, reason),
    });
  }

  /** Says what keeps reliable messages and durable subscriptions. */
  keepWith(durability: Durability): void {
    this.#durability = durability;
  }

  attach(pid: Pid, options: MailboxOptions = {}): MailboxEnd {
    this.detach(pid);
    const { mailbox } = this.#endpoints.open(pid, options.limit ?? DEFAULT_LIMIT, options.policy ?? "reject");
    if (options.lost !== undefined) this.#durability?.outbox.moved(options.lost, pid);
    return mailbox;
  }

  detach(pid: Pid): void {
    const endpoint = this.#endpoints.remove(pid);
    if (endpoint === undefined) return;
    this.#deps.topics.removeAll(endpoint);
    this.#deps.services().unregisterOwner(pid);
    this.#durability?.durables.left(pid, undefined);
    for (const message of endpoint.mailbox.close()) this.bury(message, "target-exited", pid);
    this.#requests.failTarget(pid);
    if (this.#endpoints.size === 0) this.#emptied?.();
  }

  move(from: Pid, to: Pid): MailboxEnd {
    const old = this.#endpoints.remove(from);
    if (old === undefined) return this.attach(to);
    this.detach(to);
    const { limit, policy } = old.mailbox;
    const next = this.#endpoints.open(to, limit, policy);
    this.#deps.topics.move(old, next);
    this.#deps.services().moveOwner(from, to);
    const waiting = old.mailbox.close();
    const numbers = new Set<number>();
    for (const message of waiting) {
      // A signal was for the one that ended.
      if (message.kind !== "signal" && next.mailbox.push(message) !== "refused") numbers.add(message.number);
      else this.bury(message, "target-exited", from);
    }
    this.#durability?.durables.left(from, next);
    this.#durability?.outbox.moved(from, to);
    this.#requests.failTarget(from, numbers);
    this.#requests.retarget(from, to);
    this.rightsChanged(to);
    return next.mailbox;
  }

  /** Not async: this is called millions of times, and a promise more would cost a tenth of each. */
  send(from: Pid, to: Pid | MessageTarget, payload: Payload, options?: SendOptions): Promise<SendResult> {
    try {
      const sent = this.sendAs(this.#endpoints.subject(from), from, to, payload, options);
      return sent instanceof Promise ? sent : Promise.resolve(sent);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  trySend(from: Pid, to: Pid | MessageTarget, payload: Payload, options?: SendOptions): TrySendResult {
    try {
      const read = readOptions(options);
      if (read.reliable === true) throw notAtOnce("a reliable message");
      const { message, route } = this.#prepare(from, to, payload, read);
      if (route.to !== "mailbox") throw notAtOnce(`a message to a ${route.target.kind}`);
      const status = this.#toMailbox(this.#endpoints.subject(from), message, route, false);
      return new Receipt(this.#maker.ids, message.number, status);
    } catch (error) {
      if (isWeftError(error)) return { status: "refused", error: error.toJSON() };
      throw error;
    }
  }

  /**
   * As `send`, under the name of a principal who speaks through the kernel; throws at once what can be known at once.
   *
   * @param keep - whether a message that is refused becomes a dead letter; not when it is one already
   */
  sendAs(
    subject: Subject,
    from: Pid,
    to: Pid | MessageTarget,
    payload: Payload,
    options?: SendOptions,
    keep = true,
  ): SendResult | Promise<SendResult> {
    const read = readOptions(options);
    read.signal?.throwIfAborted();
    const { message, route } = this.#prepare(from, to, payload, read);
    if (read.reliable === true) return this.#post(subject, message, route, read.key);
    if (route.to === "mailbox") {
      const { endpoint } = route;
      const crowded = endpoint !== undefined && endpoint.mailbox.policy === "wait" && endpoint.mailbox.crowded;
      if (crowded) return this.#waitForPlace(subject, message, route, read.signal);
      const status = this.#toMailbox(subject, message, route, keep);
      return new Receipt(this.#maker.ids, message.number, status);
    }
    return this.#elsewhere(subject, message, route, read.signal, keep);
  }

  /** Not async, as `send`. */
  request(from: Pid, to: Pid | MessageTarget, payload: Payload, options?: RequestOptions): Promise<Message> {
    try {
      return this.#ask(this.#endpoints.subject(from), from, to, preparePayload(payload, options?.kind), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As `request`, under the name of a principal who speaks through the kernel. */
  async requestAs(
    subject: Subject,
    from: Pid,
    to: Pid | MessageTarget,
    payload: Payload,
    options?: RequestOptions,
  ): Promise<Message> {
    return await this.#ask(subject, from, to, preparePayload(payload, options?.kind), options);
  }

  /** Sends a signal that expects an answer, such as `ping`. */
  async requestSignal(from: Pid, to: Pid, name: SignalName, options?: RequestOptions): Promise<Message> {
    const signal = { kind: "signal", payload: name, bytes: name.length } as const;
    return await this.#ask(this.#endpoints.subject(from), from, to, signal, options);
  }

  reply(from: Pid, request: Message, payload: Payload): Promise<void> {
    try {
      const prepared = preparePayload(payload);
      this.#checkSender(from);
      this.#requests.answer(from, request, prepared, undefined);
      return done;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async replyError(from: Pid, request: Message, error: WeftError): Promise<void> {
    this.#checkSender(from);
    this.#requests.answer(from, request, { kind: "json", payload: null, bytes: 4 }, error.toJSON());
  }

  async acknowledge(from: Pid, message: Message): Promise<void> {
    if (!(message instanceof Envelope)) throw invalid("a message", "one that this agent got", message);
    const { attempt, durable, position } = message.rare;
    if (attempt !== undefined) await this.#durability?.outbox.acknowledge(from, message.id);
    else if (durable !== undefined && position !== undefined) {
      await this.#durability?.durables.acknowledge(from, durable, position);
    }
  }

  async publish(from: Pid, topic: string, payload: Payload, options?: SendOptions): Promise<PublishResult> {
    return await this.publishAs(this.#endpoints.subject(from), from, topic, payload, options);
  }

  /** As `publish`, under the name of a principal who speaks through the kernel. */
  async publishAs(
    subject: Subject,
    from: Pid,
    topic: string,
    payload: Payload,
    options?: SendOptions,
  ): Promise<PublishResult> {
    const read = readOptions(options);
    read.signal?.throwIfAborted();
    const { message } = this.#prepare(from, { kind: "topic", topic: checkTopic(topic) }, payload, read);
    return await this.#toTopic(subject, message, topic);
  }

  async broadcast(from: Pid, payload: Payload, options?: SendOptions): Promise<PublishResult> {
    const read = readOptions(options);
    read.signal?.throwIfAborted();
    const { message } = this.#prepare(from, { kind: "broadcast" }, payload, read);
    return this.#toAll(this.#endpoints.subject(from), message);
  }

  async subscribe(pid: Pid, pattern: string, options: SubscribeOptions = {}): Promise<void> {
    checkPattern(pattern);
    this.#checkSender(pid);
    const { group, durable } = options;
    const more = {
      ...(group === undefined ? {} : { group }),
      ...(durable === undefined ? {} : { durable: durable.name }),
    };
    await this.#deps.guard.perform(subscribing(this.#endpoints.subject(pid), pattern, more), async () => {
      const endpoint = this.#endpoints.find(pid);
      if (endpoint === undefined) throw notFound(pid);
      if (durable === undefined) this.#deps.topics.add(endpoint, pattern, group);
      else if (group !== undefined) throw invalid("group", "absent from a durable subscription", group);
      else await this.#durable().durables.subscribe(pattern, durable, endpoint);
    });
  }

  unsubscribe(pid: Pid, pattern: string, options: Pick<SubscribeOptions, "group"> = {}): void {
    const endpoint = this.#endpoints.find(pid);
    if (endpoint !== undefined) this.#deps.topics.remove(endpoint, pattern, options.group);
  }

  rightsChanged(pid: Pid): void {
    const endpoint = this.#endpoints.find(pid);
    if (endpoint === undefined) return;
    const { topics, rights } = this.#deps;
    const durables = this.#durability?.durables;
    for (const pattern of new Set([...topics.of(endpoint), ...(durables?.patternsOf(pid) ?? [])])) {
      const call = subscribing(endpoint.subject, pattern);
      if (rights().check(call, subscribeAction) === undefined) continue;
      topics.removePattern(endpoint, pattern);
      durables?.rest(pid, pattern);
      // Asked for the record alone, which every refusal has.
      this.#deps.guard.perform(call, () => undefined).catch(() => undefined);
    }
  }

  undelivered(pid: Pid, messages: readonly Message[]): void {
    const mailbox = this.#endpoints.find(pid)?.mailbox;
    const back: Envelope[] = [];
    for (const message of messages) {
      if (!(message instanceof Envelope)) continue;
      // What was taken from a disk comes from there again.
      if (mailbox === undefined || message.rare.taken !== undefined) this.bury(message, "target-exited", pid);
      else back.push(message);
    }
    mailbox?.putBack(back);
  }

  /**
   * Takes a message of another node, under that node's name: what a node may do, the capability check says. `from` stays the PID it
   * has there.
   */
  async fromRemote(
    node: NodeId,
    envelope: RemoteEnvelope,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<RemoteReply | undefined> {
    const subject: Subject = { kind: "node", id: node };
    const { from, kind: sentAs, payload, trace = null, hops, segmentType, timeoutMs } = envelope;
    const kind = declared(sentAs);
    const forwards = { hops: hops - 1, trace: undefined };
    const read = readOptions({ kind, trace, segmentType, timeoutMs, signal, forwards });
    const route = this.#routes.find(localTargetOf(envelope.target));
    const prepared = preparePayload(payload, kind);
    if (timeoutMs === undefined) {
      const message = this.#maker.make(from, route.target, prepared, read, undefined, { node });
      if (route.to === "mailbox") this.#toMailbox(subject, message, route, true);
      else await this.#elsewhere(subject, message, route, signal);
      return undefined;
    }
    const reply = await this.#askRoute(subject, from, route, prepared, read, { node });
    return { kind: reply.kind === "signal" ? "text" : reply.kind, payload: reply.payload, error: undefined };
  }

  /** Messages that wait in a mailbox; undefined when there is none. */
  depth(pid: Pid): number | undefined {
    return this.#endpoints.find(pid)?.mailbox.depth;
  }

  /** Requests that wait for replies. */
  get pendingRequests(): number {
    return this.#requests.pending;
  }

  /** Waits until the last mailbox is closed, or the signal aborts. */
  async empty(signal: AbortSignal): Promise<void> {
    if (this.#endpoints.size === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#emptied = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** Makes a dead letter of a message. One that lies in the outbox or in a journal is not lost yet. */
  bury(message: Envelope, reason: DeadLetterReason, pid?: Pid): void {
    if (this.#durability?.outbox.returned(message) === true || message.rare.durable !== undefined) return;
    this.#deps.traces.record(message, reason);
    this.#deps.onDeadLetter(this.#deps.deadLetters.add(message, reason, this.#deps.clock.now(), pid));
  }

  /** Puts a reliable message, which the guard let pass, into the mailbox of whoever is its receiver now. */
  place(
    message: Envelope,
    { sender, passed }: { readonly sender: Pid; readonly passed: Pid | undefined },
  ): { readonly pushed: Pushed | "nobody"; readonly pid: Pid | undefined } {
    const route = this.#routes.find(message.target);
    const endpoint = route.to === "mailbox" ? route.endpoint : undefined;
    if (route.to !== "mailbox" || endpoint === undefined) return { pushed: "nobody", pid: undefined };
    // A service may be at another process by now, which the guard was not asked about.
    const asked = message.target.kind === "process" || endpoint.pid === passed;
    if (!asked && !this.#mayReach(sender, message, route)) return { pushed: "nobody", pid: undefined };
    return { pushed: endpoint.mailbox.push(message), pid: endpoint.pid };
  }

  #mayReach(sender: Pid, message: Envelope, route: ProcessRoute): boolean {
    try {
      const call = this.#callOf("ipc.send", this.#endpoints.subject(sender), message, route);
      return this.#deps.guard.performSync({ ...call, actorPid: sender, settles: undefined }, () => true);
    } catch (error) {
      if (!isWeftError(error)) throw error;
      return false;
    }
  }

  #prepare(
    from: Pid,
    to: Pid | MessageTarget,
    payload: Payload,
    options: SendOptions,
  ): { readonly message: Envelope; readonly route: Route } {
    this.#checkSender(from);
    const route = this.#routes.find(recipientOf(to));
    const prepared = preparePayload(payload, options.kind);
    return { route, message: this.#maker.make(from, route.target, prepared, options, undefined) };
  }

  #ask(
    subject: Subject,
    from: Pid,
    to: Pid | MessageTarget,
    prepared: PreparedPayload,
    options: RequestOptions | undefined,
  ): Promise<Message> {
    const read = readOptions(options);
    read.signal?.throwIfAborted();
    this.#checkSender(from);
    return this.#askRoute(subject, from, this.#routes.find(recipientOf(to)), prepared, read);
  }

  #askRoute(
    subject: Subject,
    from: Pid,
    route: Route,
    prepared: PreparedPayload,
    read: RequestOptions,
    rare?: RareFields,
  ): Promise<Message> {
    if (route.to === "topic" || route.to === "broadcast") {
      throw invalid("the receiver of a request", "one process, service, node or the kernel", route.target.kind);
    }
    const deliver: Deliver = (message, signal) => {
      if (route.to === "mailbox") this.#toMailbox(subject, message, route, true);
      else return this.#answeredElsewhere(subject, message, route, signal);
      return undefined;
    };
    return this.#requests.ask(from, route, prepared, read, deliver, rare);
  }

  /** Delivers at once or throws. @param keep - whether what is refused becomes a dead letter */
  #toMailbox(subject: Subject, message: Envelope, route: ProcessRoute, keep: boolean): "delivered" | "queued" {
    const { endpoint, pid } = route;
    const action = message.kind === "signal" ? "ipc.signal" : "ipc.send";
    const pushed = this.#deps.guard.performSync(this.#callOf(action, subject, message, route), () => {
      if (endpoint === undefined) {
        if (keep) this.bury(message, "target-not-found", pid);
        throw notFound(pid);
      }
      const result = endpoint.mailbox.push(message);
      if (result !== "refused") return result;
      if (keep) this.bury(message, "inbox-full", pid);
      throw inboxFull(pid, endpoint.mailbox.limit);
    });
    const status = pushed === "delivered" && this.#deps.processes().state(pid) === "suspended" ? "queued" : pushed;
    if (message.trace !== undefined) this.#deps.traces.record(message, status);
    return status;
  }

  /** The mailbox lets senders wait: resolves once the message has a place that the mailbox answers for. */
  #waitForPlace(
    subject: Subject,
    message: Envelope,
    route: ProcessRoute,
    signal: AbortSignal | undefined,
  ): SendResult | Promise<SendResult> {
    const { endpoint, pid } = route;
    const receipt = new Receipt(this.#maker.ids, message.number, "queued");
    return this.#deps.guard.performSync(this.#callOf("ipc.send", subject, message, route), () => {
      const mailbox = endpoint?.mailbox;
      if (mailbox === undefined) throw notFound(pid);
      const pushed = mailbox.push(message);
      if (pushed !== "refused")
        return pushed === "queued" ? receipt : new Receipt(this.#maker.ids, message.number, pushed);
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          mailbox.giveUp(message);
          reject(signal?.reason);
        };
        const placed = (): void => {
          signal?.removeEventListener("abort", onAbort);
          resolve(receipt);
        };
        const refused = (): void => {
          signal?.removeEventListener("abort", onAbort);
          this.bury(message, "target-exited", pid);
          const details = { pid, messageId: message.id };
          reject(new TargetExitedError(`process ${pid} ended before it had room`, { details, retryable: true }));
        };
        if (mailbox.wait(message, placed, refused)) {
          signal?.addEventListener("abort", onAbort, { once: true });
        } else {
          this.bury(message, "inbox-full", pid);
          reject(inboxFull(pid, mailbox.limit));
        }
      });
    });
  }

  #elsewhere(
    subject: Subject,
    message: Envelope,
    route: Exclude<Route, ProcessRoute>,
    signal: AbortSignal | undefined,
    keep = true,
  ): Promise<SendResult> {
    const receipt = new Receipt(this.#maker.ids, message.number, "delivered");
    switch (route.to) {
      case "topic":
        return this.#toTopic(subject, message, route.topic).then((counts) => someone(counts, receipt));
      case "broadcast":
        return Promise.resolve(someone(this.#toAll(subject, message), receipt));
      default: {
        const answered = this.#answeredElsewhere(subject, message, route, signal ?? this.#deps.signal, keep);
        return answered.then(() => receipt);
      }
    }
  }

  /** Lets a handler of the kernel or another node have the message; what it answers is the result. */
  #answeredElsewhere(
    subject: Subject,
    message: Envelope,
    route: Extract<Route, { readonly to: "kernel" | "remote" | "nowhere" }>,
    signal: AbortSignal,
    keep = true,
  ): Promise<PreparedPayload> {
    return this.#deps.guard.performSync(this.#callOf("ipc.send", subject, message, route), () => {
      if (route.to === "nowhere") {
        if (keep) this.bury(message, "target-not-found");
        throw route.error;
      }
      this.#deps.traces.record(message, "delivered");
      if (route.to === "remote") return this.#requests.overMesh(this.#deps.remote(), route.node, message, signal);
      return this.handlers.handle(message, subject, signal).then(
        (reply) => preparePayload(reply),
        (error: unknown) => {
          if (keep && error instanceof NoHandlerError) this.bury(message, "no-handler");
          throw error;
        },
      );
    });
  }

  async #toTopic(subject: Subject, message: Envelope, topic: string): Promise<PublishResult> {
    const route = this.#routes.find(message.target) as Route;
    const call = this.#callOf("ipc.publish", subject, message, route);
    const fanOut = this.#deps.guard.performSync(call, () => this.#deps.topics.publish(topic, message));
    if (message.trace !== undefined) this.#deps.traces.record(message, "delivered");
    if (fanOut.waiting !== undefined) await settle(fanOut, fanOut.waiting);
    for (const { sink, reason } of fanOut.refusals) this.bury(message, reason, sink.pid);
    return { delivered: fanOut.delivered, refused: fanOut.refused };
  }

  #toAll(subject: Subject, message: Envelope): PublishResult {
    let delivered = 0;
    let refused = 0;
    for (const endpoint of [...this.#endpoints.all()]) {
      if (endpoint.pid === message.from) continue;
      try {
        this.#toMailbox(subject, message, endpoint.route, true);
        delivered += 1;
      } catch (error) {
        // A receiver outside the scope, or one without room, stands in nobody else's way; both are recorded.
        if (!isWeftError(error)) throw error;
        refused += 1;
      }
    }
    return { delivered, refused };
  }

  async #post(subject: Subject, message: Envelope, route: Route, key: string | undefined): Promise<SendResult> {
    const single = route.to === "mailbox" || (route.to === "nowhere" && route.target.kind !== "process");
    if (!single) throw invalid("the receiver of a reliable message", "one process or service", route.target.kind);
    const { outbox } = this.#durable();
    if (route.to === "mailbox" && route.endpoint === undefined) {
      this.bury(message, "target-not-found", route.pid);
      throw notFound(route.pid);
    }
    const call = this.#callOf("ipc.send", subject, message, route);
    const settles: DigestCall["settles"] = (record) => message.keepRecord(record);
    this.#deps.guard.performSync({ ...call, settles }, () => undefined);
    this.#deps.traces.record(message, "queued");
    return await outbox.post(message, key, route.to === "mailbox" ? route.pid : undefined);
  }

  #durable(): Durability {
    if (this.#durability !== undefined) return this.#durability;
    throw new TypeError("the router is used before its journals are there");
  }

  #callOf(action: string, subject: Subject, message: Envelope, route: Route): DigestCall {
    const { resource, attributes, name } = route;
    // The one record of what is answered or acknowledged is written when that is known.
    const isAnswered = message.deadline !== undefined && message.kind !== "signal";
    const settles: DigestCall["settles"] = isAnswered ? (record) => message.keepRecord(record) : undefined;
    const { from, bytes } = message;
    return { action, subject, resource, attributes, actorPid: from, target: name, bytes, settles };
  }

  #checkSender(pid: Pid): void {
    if (pid === KERNEL_PID) return;
    const state = this.#deps.processes().state(pid);
    if (state === "running" || state === "suspended" || state === "stopping") return;
    throw new SenderNotRunningError(`process ${pid} is ${state ?? "unknown"} and cannot send`, {
      details: { pid, state: state ?? "unknown" },
    });
  }
}

function subscribing(subject: Subject, topic: string, more: Attributes = {}): ActionRequest {
  return { action: "ipc.subscribe", subject, resource: `topic:${topic}`, attributes: { topic, ...more } };
}

async function settle(fanOut: FanOut, waiting: NonNullable<FanOut["waiting"]>): Promise<void> {
  await Promise.all(
    waiting.map(async ({ sink, taken }) => {
      if ((await taken) !== "refused") fanOut.delivered += 1;
      else {
        fanOut.refused += 1;
        fanOut.refusals.push({ sink, reason: "stream-stalled" });
      }
    }),
  );
}

function someone({ delivered, refused }: PublishResult, receipt: SendResult): SendResult {
  if (delivered > 0) return receipt;
  throw new NoReceiverError("nobody got the message", { details: { refused }, retryable: true });
}

function inboxFull(pid: Pid, limit: number): InboxFullError {
  return new InboxFullError(`the mailbox of process ${pid} holds ${limit} messages, which is its limit`, {
    details: { pid, limit },
    retryable: true,
  });
}

function notAtOnce(what: string): NotAtOnceError {
  return new NotAtOnceError(`${what} cannot be sent at once: use send`, { details: { target: what } });
}
