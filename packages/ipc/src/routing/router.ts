/**
 * Carries messages: sender checked, guard asked, delivered or refused. Within one kernel and in memory; what crosses
 * nodes or must survive a crash is not this router's.
 */
import {
  type Clock,
  type Guard,
  type Inbox,
  KERNEL_PID,
  type Message,
  type MessageRouter,
  type MessageTarget,
  type Payload,
  type PayloadKind,
  type Pid,
  type ProcessDirectory,
  type RequestOptions,
  type SendOptions,
  type SendResult,
  type SignalName,
  type Subject,
  WeftError,
  type WeftErrorJson,
} from "@weftos/interface";
import type { DeadLetter, DeadLetterReason, DeadLetters } from "../dead-letter/dead-letters.ts";
import { InboxFullError, NotARequestError, SenderNotRunningError, TargetNotFoundError } from "../ipc-errors.ts";
import { Mailbox } from "../mailbox/mailbox.ts";
import type { MessageIds } from "../message/message-ids.ts";
import { type PreparedPayload, preparePayload } from "../message/payload.ts";
import { checkTopic, type TopicTable } from "../topic/topic-table.ts";
import { PendingRequests } from "./pending-requests.ts";

const DEFAULT_LIMIT = 1024;
const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/** What the router asks of the kernel. */
export interface RouterDeps {
  readonly clock: Clock;
  readonly guard: Guard;
  readonly processes: () => Pick<ProcessDirectory, "state">;
  readonly ids: MessageIds;
  readonly topics: TopicTable;
  readonly deadLetters: DeadLetters;
  readonly onDeadLetter: (letter: DeadLetter) => void;
}

/** A mailbox with what the guard is asked about it, made once and not for every message. */
interface Endpoint {
  readonly mailbox: Mailbox;
  readonly subject: Subject;
  readonly resource: string;
  readonly attributes: { readonly pid: number };
  readonly target: MessageTarget;
}

/** What differs between kinds of messages. */
interface Envelope {
  readonly correlationId?: string;
  readonly deadline?: number;
  readonly trace?: string | undefined;
  readonly error?: WeftErrorJson;
}

const kernelSubject: Subject = { kind: "kernel", id: "0" };

export class Router implements MessageRouter {
  readonly #deps: RouterDeps;
  readonly #endpoints = new Map<Pid, Endpoint>();
  readonly #pending: PendingRequests;

  constructor(deps: RouterDeps) {
    this.#deps = deps;
    this.#pending = new PendingRequests(deps.clock);
  }

  attach(pid: Pid, options: { readonly limit?: number | undefined } = {}): Inbox {
    const mailbox = new Mailbox(options.limit ?? DEFAULT_LIMIT);
    this.detach(pid);
    this.#endpoints.set(pid, {
      mailbox,
      subject: { kind: "process", id: String(pid) },
      resource: `process:${pid}`,
      attributes: Object.freeze({ pid }),
      target: Object.freeze({ kind: "process", pid }),
    });
    return mailbox;
  }

  detach(pid: Pid): void {
    const endpoint = this.#endpoints.get(pid);
    if (endpoint === undefined) return;
    this.#endpoints.delete(pid);
    this.#deps.topics.removeAll(pid);
    for (const message of endpoint.mailbox.close()) this.#bury(message, "target-exited");
    this.#pending.failTarget(pid);
  }

  async send(from: Pid, to: Pid, payload: Payload, options: SendOptions = {}): Promise<SendResult> {
    return this.sendAs(this.#subject(from), from, to, payload, options);
  }

  /** As `send`, under the name of a principal who speaks through the kernel. */
  sendAs(subject: Subject, from: Pid, to: Pid, payload: Payload, options: SendOptions = {}): SendResult {
    options.signal?.throwIfAborted();
    this.#checkSender(from);
    const id = this.#deps.ids.next();
    this.#deliver(subject, from, to, id, preparePayload(payload), { trace: options.trace });
    return { status: "delivered", id };
  }

  async request(from: Pid, to: Pid, payload: Payload, options: RequestOptions = {}): Promise<Message> {
    return await this.requestAs(this.#subject(from), from, to, payload, options);
  }

  /** As `request`, under the name of a principal who speaks through the kernel. */
  async requestAs(
    subject: Subject,
    from: Pid,
    to: Pid,
    payload: Payload,
    options: RequestOptions = {},
  ): Promise<Message> {
    return await this.#ask(subject, from, to, preparePayload(payload), options);
  }

  /** Sends a signal that expects an answer, such as `ping`. */
  async requestSignal(from: Pid, to: Pid, name: SignalName, options: RequestOptions = {}): Promise<Message> {
    return await this.#ask(
      this.#subject(from),
      from,
      to,
      { kind: "signal", payload: name, bytes: name.length },
      options,
    );
  }

  async reply(from: Pid, request: Message, payload: Payload): Promise<void> {
    this.#answer(from, request, preparePayload(payload), undefined);
  }

  async replyError(from: Pid, request: Message, error: WeftError): Promise<void> {
    this.#answer(from, request, { kind: "json", payload: null, bytes: 4 }, error.toJSON());
  }

  async publish(
    from: Pid,
    topic: string,
    payload: Payload,
    options: SendOptions = {},
  ): Promise<{ readonly delivered: number; readonly refused: number }> {
    options.signal?.throwIfAborted();
    checkTopic(topic);
    this.#checkSender(from);
    const prepared = preparePayload(payload);
    const target: MessageTarget = { kind: "topic", topic };
    const message = this.#message(this.#deps.ids.next(), from, target, prepared, { trace: options.trace });
    const call = {
      action: "ipc.publish",
      subject: this.#subject(from),
      resource: `topic:${topic}`,
      attributes: { topic },
      actorPid: from,
      target: topic,
      bytes: prepared.bytes,
    };
    return this.#deps.guard.performSync(call, () => this.#fanOut(message, topic));
  }

  async subscribe(pid: Pid, topic: string): Promise<void> {
    checkTopic(topic);
    this.#checkSender(pid);
    const call = {
      action: "ipc.subscribe",
      subject: this.#subject(pid),
      resource: `topic:${topic}`,
      attributes: { topic },
    };
    await this.#deps.guard.perform(call, () => {
      if (!this.#endpoints.has(pid)) throw notFound(pid);
      this.#deps.topics.add(pid, topic);
    });
  }

  unsubscribe(pid: Pid, topic: string): void {
    this.#deps.topics.remove(pid, topic);
  }

  /** Messages that wait in a mailbox; undefined when there is none. */
  depth(pid: Pid): number | undefined {
    return this.#endpoints.get(pid)?.mailbox.depth;
  }

  /** Requests that wait for replies. */
  get pendingRequests(): number {
    return this.#pending.size;
  }

  undelivered(messages: readonly Message[]): void {
    for (const message of messages) this.#bury(message, "target-exited");
  }

  async #ask(subject: Subject, from: Pid, to: Pid, prepared: Sendable, options: RequestOptions): Promise<Message> {
    const { signal, trace } = options;
    signal?.throwIfAborted();
    const timeoutMs = checkTimeout(options.timeoutMs);
    this.#checkSender(from);
    const id = this.#deps.ids.next();
    const answer = this.#pending.add(id, to, timeoutMs, signal);
    try {
      this.#deliver(subject, from, to, id, prepared, { trace, deadline: this.#deps.clock.monotonic() + timeoutMs });
    } catch (error) {
      this.#pending.fail(id, error);
    }
    const reply = await answer;
    if (reply.error !== undefined) throw WeftError.fromJSON(reply.error);
    return reply;
  }

  #deliver(subject: Subject, from: Pid, to: Pid, id: string, prepared: Sendable, envelope: Envelope): void {
    const endpoint = this.#endpoints.get(to);
    const message = this.#message(id, from, endpoint?.target ?? { kind: "process", pid: to }, prepared, envelope);
    const call = {
      action: prepared.kind === "signal" ? "ipc.signal" : "ipc.send",
      subject,
      resource: endpoint?.resource ?? `process:${to}`,
      attributes: endpoint?.attributes ?? { pid: to },
      actorPid: from,
      target: to,
      bytes: prepared.bytes,
    };
    this.#deps.guard.performSync(call, () => {
      if (endpoint === undefined) {
        this.#bury(message, "target-not-found");
        throw notFound(to);
      }
      if (!endpoint.mailbox.push(message)) {
        this.#bury(message, "inbox-full");
        const { limit } = endpoint.mailbox;
        throw new InboxFullError(`the mailbox of process ${to} holds ${limit} messages, which is its limit`, {
          details: { pid: to, limit },
          retryable: true,
        });
      }
    });
  }

  #answer(from: Pid, request: Message, prepared: PreparedPayload, error: WeftErrorJson | undefined): void {
    if (request.deadline === undefined) {
      throw new NotARequestError(`message ${request.id} expects no reply: it was sent, not requested`, {
        details: { messageId: request.id },
      });
    }
    this.#checkSender(from);
    const to = request.from;
    const reply = this.#message(this.#deps.ids.next(), from, { kind: "process", pid: to }, prepared, {
      correlationId: request.id,
      trace: request.trace,
      ...(error === undefined ? {} : { error }),
    });
    if (!this.#pending.awaits(request.id, from)) {
      this.#bury(reply, "late-reply");
      return;
    }
    const call = {
      action: "ipc.send",
      subject: this.#subject(from),
      resource: `process:${to}`,
      attributes: { pid: to, reply: true },
      actorPid: from,
      target: to,
      bytes: prepared.bytes,
    };
    this.#deps.guard.performSync(call, () => this.#pending.complete(request.id, reply));
  }

  #fanOut(message: Message, topic: string): { delivered: number; refused: number } {
    let delivered = 0;
    let refused = 0;
    for (const pid of this.#deps.topics.subscribers(topic)) {
      if (pid === message.from) continue;
      if (this.#endpoints.get(pid)?.mailbox.push(message) === true) {
        delivered += 1;
      } else {
        refused += 1;
        this.#bury(message, "inbox-full");
      }
    }
    return { delivered, refused };
  }

  #message(id: string, from: Pid, target: MessageTarget, prepared: Sendable, envelope: Envelope): Message {
    return {
      id,
      from,
      target,
      kind: prepared.kind,
      payload: prepared.payload,
      sentAt: this.#deps.clock.now(),
      correlationId: envelope.correlationId,
      deadline: envelope.deadline,
      trace: envelope.trace,
      error: envelope.error,
    };
  }

  #subject(pid: Pid): Subject {
    if (pid === KERNEL_PID) return kernelSubject;
    return this.#endpoints.get(pid)?.subject ?? { kind: "process", id: String(pid) };
  }

  #checkSender(pid: Pid): void {
    if (pid === KERNEL_PID) return;
    const state = this.#deps.processes().state(pid);
    if (state === "running" || state === "suspended" || state === "stopping") return;
    throw new SenderNotRunningError(`process ${pid} is ${state ?? "unknown"} and cannot send`, {
      details: { pid, state: state ?? "unknown" },
    });
  }

  #bury(message: Message, reason: DeadLetterReason): void {
    this.#deps.onDeadLetter(this.#deps.deadLetters.add(message, reason, this.#deps.clock.now()));
  }
}

interface Sendable {
  readonly kind: PayloadKind;
  readonly payload: Payload;
  readonly bytes: number;
}

function notFound(pid: Pid): TargetNotFoundError {
  return new TargetNotFoundError(`process ${pid} has no mailbox: it does not exist or has ended`, { details: { pid } });
}

function checkTimeout(timeoutMs: number | undefined): number {
  if (timeoutMs === undefined) return DEFAULT_TIMEOUT_MS;
  if (Number.isFinite(timeoutMs) && timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS) return timeoutMs;
  throw new RangeError(`timeoutMs is a number over 0 and at most ${MAX_TIMEOUT_MS}, got ${String(timeoutMs)}`);
}
