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
import { readOptions, readTimeout } from "../message/call-input.ts";
import type { MessageIds } from "../message/message-ids.ts";
import { type PreparedPayload, preparePayload } from "../message/payload.ts";
import { checkTopic, type TopicTable } from "../topic/topic-table.ts";
import { Endpoints } from "./endpoints.ts";
import { PendingRequests } from "./pending-requests.ts";

const DEFAULT_LIMIT = 1024;

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

/** What differs between kinds of messages. */
interface Envelope {
  readonly correlationId?: string;
  readonly deadline?: number;
  readonly trace?: string | undefined;
  readonly error?: WeftErrorJson;
}

export class Router implements MessageRouter {
  readonly #deps: RouterDeps;
  readonly #endpoints = new Endpoints();
  readonly #pending: PendingRequests;

  constructor(deps: RouterDeps) {
    this.#deps = deps;
    this.#pending = new PendingRequests(deps.clock);
  }

  attach(pid: Pid, options: { readonly limit?: number | undefined } = {}): Inbox {
    this.detach(pid);
    return this.#endpoints.open(pid, options.limit ?? DEFAULT_LIMIT);
  }

  detach(pid: Pid): void {
    const endpoint = this.#endpoints.remove(pid);
    if (endpoint === undefined) return;
    this.#deps.topics.removeAll(pid);
    for (const message of endpoint.mailbox.close()) this.#bury(message, "target-exited");
    this.#pending.failTarget(pid);
  }

  async send(from: Pid, to: Pid, payload: Payload, options?: SendOptions): Promise<SendResult> {
    return this.sendAs(this.#endpoints.subject(from), from, to, payload, options);
  }

  /** As `send`, under the name of a principal who speaks through the kernel. */
  sendAs(subject: Subject, from: Pid, to: Pid, payload: Payload, options?: SendOptions): SendResult {
    const { signal, trace } = readOptions(options);
    signal?.throwIfAborted();
    this.#checkSender(from);
    const id = this.#deps.ids.next();
    this.#deliver(subject, from, to, id, preparePayload(payload), { trace });
    return { status: "delivered", id };
  }

  async request(from: Pid, to: Pid, payload: Payload, options?: RequestOptions): Promise<Message> {
    return await this.requestAs(this.#endpoints.subject(from), from, to, payload, options);
  }

  /** As `request`, under the name of a principal who speaks through the kernel. */
  async requestAs(subject: Subject, from: Pid, to: Pid, payload: Payload, options?: RequestOptions): Promise<Message> {
    return await this.#ask(subject, from, to, preparePayload(payload), options);
  }

  /** Sends a signal that expects an answer, such as `ping`. */
  async requestSignal(from: Pid, to: Pid, name: SignalName, options?: RequestOptions): Promise<Message> {
    return await this.#ask(
      this.#endpoints.subject(from),
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
    options?: SendOptions,
  ): Promise<{ readonly delivered: number; readonly refused: number }> {
    const { signal, trace } = readOptions(options);
    signal?.throwIfAborted();
    checkTopic(topic);
    this.#checkSender(from);
    const prepared = preparePayload(payload);
    const target: MessageTarget = { kind: "topic", topic };
    const message = this.#message(this.#deps.ids.next(), from, target, prepared, { trace });
    const call = {
      action: "ipc.publish",
      subject: this.#endpoints.subject(from),
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
      subject: this.#endpoints.subject(pid),
      resource: `topic:${topic}`,
      attributes: { topic },
    };
    await this.#deps.guard.perform(call, () => {
      if (this.#endpoints.find(pid) === undefined) throw notFound(pid);
      this.#deps.topics.add(pid, topic);
    });
  }

  unsubscribe(pid: Pid, topic: string): void {
    this.#deps.topics.remove(pid, topic);
  }

  /** Messages that wait in a mailbox; undefined when there is none. */
  depth(pid: Pid): number | undefined {
    return this.#endpoints.find(pid)?.mailbox.depth;
  }

  /** Requests that wait for replies. */
  get pendingRequests(): number {
    return this.#pending.size;
  }

  undelivered(messages: readonly Message[]): void {
    for (const message of messages) this.#bury(message, "target-exited");
  }

  async #ask(subject: Subject, from: Pid, to: Pid, prepared: Sendable, options?: RequestOptions): Promise<Message> {
    const { signal, trace, timeoutMs: given } = readOptions(options);
    signal?.throwIfAborted();
    const timeoutMs = readTimeout(given);
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
    const endpoint = this.#endpoints.find(to);
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
      subject: this.#endpoints.subject(from),
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
      if (this.#endpoints.find(pid)?.mailbox.push(message) === true) {
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
