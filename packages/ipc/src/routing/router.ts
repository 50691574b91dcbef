/**
 * Carries messages: sender checked, guard asked, delivered or refused. Within one kernel; what crosses nodes goes through a
 * `RemoteTransport`, what must survive a crash through the outbox. This file reads what callers give; what happens then is in the
 * files beside it.
 */
import {
  type CapabilityCheck,
  type Clock,
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
  type ProcessState,
  type PublishResult,
  type RemoteEnvelope,
  type RemoteReply,
  type RemoteTransport,
  type ReplyResult,
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
import type { DeadLetter, DeadLetterReason, KeptLetter } from "../dead-letter/dead-letter.ts";
import type { DeadLetters } from "../dead-letter/dead-letters.ts";
import { NotAtOnceError, SenderNotRunningError } from "../ipc-errors.ts";
import { invalid, readOptions, recipientOf } from "../message/call-input.ts";
import { Envelope, Receipt } from "../message/envelope.ts";
import type { MessageIds } from "../message/message-ids.ts";
import { MessageMaker } from "../message/message-maker.ts";
import { type PreparedPayload, preparePayload } from "../message/payload.ts";
import type { Subscriptions } from "../topic/subscriptions.ts";
import { checkTopic } from "../topic/topic-name.ts";
import { DeadLettering } from "./dead-lettering.ts";
import { Dispatch } from "./dispatch.ts";
import { Durability, type Journals } from "./durability.ts";
import { Endpoints } from "./endpoints.ts";
import { KernelHandlers } from "./kernel-handlers.ts";
import { MailboxDelivery } from "./mailbox-delivery.ts";
import { MailboxLife } from "./mailbox-life.ts";
import { ManyDelivery } from "./many-delivery.ts";
import { ReliableDelivery } from "./reliable-delivery.ts";
import { RemoteIntake } from "./remote-intake.ts";
import { declared, Requests } from "./requests.ts";
import { type Route, Routes, topicRoute } from "./routes.ts";
import { Subscribing } from "./subscribing.ts";
import type { TraceLog } from "./trace-log.ts";

/** What replies resolve with, each made once. */
const replied: { readonly [Status in ReplyResult["status"]]: Promise<ReplyResult> } = {
  answered: Promise.resolve(Object.freeze({ status: "answered" })),
  late: Promise.resolve(Object.freeze({ status: "late" })),
  unasked: Promise.resolve(Object.freeze({ status: "unasked" })),
};

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

export class Router implements MessageRouter {
  readonly #deps: RouterDeps;
  readonly #endpoints: Endpoints;
  readonly #routes: Routes;
  readonly #maker: MessageMaker;
  readonly #requests: Requests;
  readonly #durability = new Durability();
  readonly #deadLettering: DeadLettering;
  readonly #life: MailboxLife;
  readonly #mailboxes: MailboxDelivery;
  readonly #many: ManyDelivery;
  readonly #dispatch: Dispatch;
  readonly #reliable: ReliableDelivery;
  readonly #subscribing: Subscribing;
  readonly #intake: RemoteIntake;
  readonly handlers: KernelHandlers = new KernelHandlers();

  constructor(deps: RouterDeps) {
    const { guard, ids, traces, topics } = deps;
    const durability = this.#durability;
    const { handlers } = this;
    const deadLettering = new DeadLettering({ ...deps, durability });
    const endpoints = new Endpoints({
      dropped: (message, pid) => {
        message.rare.dropped?.();
        deadLettering.bury(message, "dropped-oldest", pid);
        this.#requests.dropped(message, pid);
      },
    });
    const routes = new Routes(endpoints, deps.services);
    const maker = new MessageMaker(ids, deps.clock, (pid) => endpoints.find(pid)?.mailbox.lastTrace);
    const mailboxes = new MailboxDelivery({ ...deps, deadLettering });
    const requests = new Requests({
      clock: deps.clock,
      guard,
      maker,
      traces,
      endpoints,
      mailboxes,
      bury: (message, reason) => deadLettering.bury(message, reason),
    });
    const many = new ManyDelivery({ guard, topics, endpoints, mailboxes, traces, deadLettering });
    const dispatch = new Dispatch({ ...deps, many, handlers, requests, deadLettering });
    this.#deps = deps;
    this.#endpoints = endpoints;
    this.#routes = routes;
    this.#maker = maker;
    this.#requests = requests;
    this.#deadLettering = deadLettering;
    this.#life = new MailboxLife({ ...deps, endpoints, requests, durability, deadLettering });
    this.#mailboxes = mailboxes;
    this.#many = many;
    this.#dispatch = dispatch;
    this.#reliable = new ReliableDelivery({ guard, endpoints, routes, traces, durability, deadLettering });
    const checkSender = (pid: Pid): void => this.#checkSender(pid, "starting");
    this.#subscribing = new Subscribing({ ...deps, endpoints, durability, checkSender });
    this.#intake = new RemoteIntake({ routes, maker, mailboxes, dispatch });
  }

  /** Says what keeps reliable messages and durable subscriptions. */
  keepWith(journals: Journals): void {
    this.#durability.open(journals);
  }

  // ---- mailboxes ----------------------------------------------------------------------------------------------------

  attach(pid: Pid, options: MailboxOptions = {}): MailboxEnd {
    return this.#life.attach(pid, options);
  }

  detach(pid: Pid): void {
    this.#life.detach(pid);
  }

  move(from: Pid, to: Pid): MailboxEnd {
    const mailbox = this.#life.move(from, to);
    this.rightsChanged(to);
    return mailbox;
  }

  undelivered(pid: Pid, messages: readonly Message[]): void {
    this.#life.undelivered(pid, messages);
  }

  /** Messages that wait in a mailbox; undefined when there is none. */
  depth(pid: Pid): number | undefined {
    return this.#endpoints.find(pid)?.mailbox.depth;
  }

  /** Waits until the last mailbox is closed, or the signal aborts. */
  empty(signal: AbortSignal): Promise<void> {
    return this.#life.empty(signal);
  }

  // ---- messages -----------------------------------------------------------------------------------------------------

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
      const status = this.#mailboxes.deliver(this.#endpoints.subject(from), message, route, false);
      return new Receipt(this.#maker.ids, message.number, status);
    } catch (error) {
      if (isWeftError(error)) return { status: "refused", error: error.toJSON() };
      throw error;
    }
  }

  /** As `send`, under the name of a principal who speaks through the kernel; throws at once what can be known at once. */
  sendAs(
    subject: Subject,
    from: Pid,
    to: Pid | MessageTarget,
    payload: Payload,
    options?: SendOptions,
  ): SendResult | Promise<SendResult> {
    const read = readOptions(options);
    const { signal } = read;
    signal?.throwIfAborted();
    const { message, route } = this.#prepare(from, to, payload, read);
    if (read.reliable === true) return this.#reliable.post(subject, message, route, read.key);
    if (route.to === "mailbox") return this.#mailboxes.deliverOrWait(subject, message, route, true, signal);
    return this.#dispatch.elsewhere(subject, message, route, true, signal);
  }

  /**
   * Sends what was a dead letter again. The message is its sender's, whether that lives or not, and the guard is asked about who replays
   * it; it becomes no second letter.
   *
   * @param to - @defaultValue the process that missed it, else its target
   */
  async replay(
    subject: Subject,
    letter: KeptLetter,
    to: Pid | MessageTarget | undefined,
    signal: AbortSignal | undefined,
  ): Promise<SendResult> {
    const { from, node, pid, target, kind, payload, segmentType, trace = null } = letter;
    const read = readOptions({ kind: declared(kind), segmentType, trace, signal });
    signal?.throwIfAborted();
    const route = this.#routes.find(to ?? pid ?? target);
    const shown = to === undefined ? target : route.target;
    const prepared = preparePayload(payload, read.kind);
    const message = this.#maker.make(from, shown, prepared, read, undefined, node === undefined ? undefined : { node });
    if (route.to === "mailbox") return await this.#mailboxes.deliverOrWait(subject, message, route, false, signal);
    return await this.#dispatch.elsewhere(subject, message, route, false, signal);
  }

  async acknowledge(from: Pid, message: Message): Promise<void> {
    if (!(message instanceof Envelope)) throw invalid("a message", "one that this agent got", message);
    const { attempt, durable, position } = message.rare;
    const journals = this.#durability.journals;
    if (attempt !== undefined) await journals?.outbox.acknowledge(from, message.id);
    else if (durable !== undefined && position !== undefined) {
      await journals?.durables.acknowledge(from, durable, position);
    }
  }

  /** Takes a message of another node. */
  fromRemote(
    node: NodeId,
    envelope: RemoteEnvelope,
    options: { readonly signal: AbortSignal },
  ): Promise<RemoteReply | undefined> {
    return this.#intake.take(node, envelope, options);
  }

  /** Makes a dead letter of a message, unless it is kept on disk. */
  bury(message: Envelope, reason: DeadLetterReason, pid?: Pid): void {
    this.#deadLettering.bury(message, reason, pid);
  }

  /** Puts a message of the outbox into the mailbox of its receiver. */
  place(message: Envelope, asked: Parameters<ReliableDelivery["place"]>[1]): ReturnType<ReliableDelivery["place"]> {
    return this.#reliable.place(message, asked);
  }

  // ---- requests -----------------------------------------------------------------------------------------------------

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

  /** Not async, as `send`: the results are few, and made once. */
  reply(from: Pid, request: Message, payload: Payload): Promise<ReplyResult> {
    try {
      const prepared = preparePayload(payload);
      this.#checkSender(from);
      return replied[this.#requests.answer(from, request, prepared, undefined)];
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async replyError(from: Pid, request: Message, error: WeftError): Promise<ReplyResult> {
    this.#checkSender(from);
    const prepared = { kind: "json", payload: null, bytes: 4 } as const;
    return await replied[this.#requests.answer(from, request, prepared, error.toJSON())];
  }

  /** Fails the requests that still wait, when the kernel ends. */
  endRequests(): void {
    this.#requests.end();
  }

  /** Requests that wait for replies. */
  get pendingRequests(): number {
    return this.#requests.pending;
  }

  // ---- topics and everybody -----------------------------------------------------------------------------------------

  publish(from: Pid, topic: string, payload: Payload, options?: SendOptions): Promise<PublishResult> {
    return this.publishAs(this.#endpoints.subject(from), from, topic, payload, options);
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
    this.#checkSender(from);
    const route = topicRoute({ kind: "topic", topic: checkTopic(topic) }, topic);
    const prepared = preparePayload(payload, read.kind);
    const message = this.#maker.make(from, route.target, prepared, read, undefined);
    const counts = this.#many.toTopic(subject, message, route);
    return counts instanceof Promise ? await counts : counts;
  }

  async broadcast(from: Pid, payload: Payload, options?: SendOptions): Promise<PublishResult> {
    const read = readOptions(options);
    read.signal?.throwIfAborted();
    const { message } = this.#prepare(from, { kind: "broadcast" }, payload, read);
    return this.#many.toAll(this.#endpoints.subject(from), message);
  }

  async subscribe(pid: Pid, pattern: string, options: SubscribeOptions = {}): Promise<void> {
    await this.#subscribing.subscribe(pid, pattern, options);
  }

  unsubscribe(pid: Pid, pattern: string, options: Pick<SubscribeOptions, "group"> = {}): void {
    this.#subscribing.unsubscribe(pid, pattern, options.group);
  }

  rightsChanged(pid: Pid): void {
    this.#subscribing.recheck(pid);
  }

  // ---- what all begin with ------------------------------------------------------------------------------------------

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
    return this.#dispatch.ask(subject, from, this.#routes.find(recipientOf(to)), prepared, read);
  }

  /** @param also - a state in which it may, too */
  #checkSender(pid: Pid, also?: ProcessState): void {
    if (pid === KERNEL_PID) return;
    const state = this.#deps.processes().state(pid);
    if (state === "running" || state === "suspended" || state === "stopping") return;
    if (state !== undefined && state === also) return;
    throw new SenderNotRunningError(`process ${pid} is ${state ?? "unknown"} and cannot send`, {
      details: { pid, state: state ?? "unknown" },
    });
  }
}

function notAtOnce(what: string): NotAtOnceError {
  return new NotAtOnceError(`${what} cannot be sent at once: use send`, { details: { target: what } });
}
