/** Questions and answers: a request waits for exactly one reply, from whom it was put to. */
import {
  type Clock,
  type Guard,
  KERNEL_PID,
  type Message,
  type MessageTarget,
  type NodeId,
  type Pid,
  type RemoteTransport,
  type ReplyResult,
  type RequestOptions,
  type Subject,
  WeftError,
  type WeftErrorJson,
} from "@weftos/interface";
import type { DeadLetterReason } from "../dead-letter/dead-letter.ts";
import { NoMeshError } from "../ipc-errors.ts";
import { invalid, pidOf, readTimeout } from "../message/call-input.ts";
import { Envelope, type RareFields } from "../message/envelope.ts";
import type { MessageMaker } from "../message/message-maker.ts";
import { type PreparedPayload, preparePayload } from "../message/payload.ts";
import { isTrace } from "../message/trace.ts";
import { type Endpoints, isCrowded, type ProcessRoute } from "./endpoints.ts";
import { aboutReply } from "./guard-questions.ts";
import { asReplyError } from "./kernel-handlers.ts";
import { inboxFull, type MailboxDelivery } from "./mailbox-delivery.ts";
import { PendingRequests } from "./pending-requests.ts";
import type { Route } from "./routes.ts";
import type { TraceLog } from "./trace-log.ts";

export interface RequestsDeps {
  readonly clock: Clock;
  readonly guard: Guard;
  readonly maker: MessageMaker;
  readonly traces: TraceLog;
  readonly endpoints: Endpoints;
  readonly mailboxes: MailboxDelivery;
  readonly bury: (message: Envelope, reason: DeadLetterReason) => void;
}

/** Sends a request on to who is no process; gives its answer. */
export type Deliver = (message: Envelope, signal: AbortSignal) => Promise<PreparedPayload>;

export class Requests {
  readonly #deps: RequestsDeps;
  readonly #pending: PendingRequests;

  constructor(deps: RequestsDeps) {
    this.#deps = deps;
    this.#pending = new PendingRequests(deps.clock);
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Asks a process, whose reply comes by `answer`. Not async: one promise a request. @throws what can be known at once */
  askProcess(
    subject: Subject,
    from: Pid,
    route: ProcessRoute,
    prepared: PreparedPayload,
    options: RequestOptions,
    rare?: RareFields,
  ): Promise<Message> {
    const { pid: to } = route;
    const timeoutMs = readTimeout(options.timeoutMs);
    const message = this.#make(from, route, prepared, options, timeoutMs, rare);
    const asker = this.#deps.endpoints.find(from);
    const { signal } = options;
    const answer = this.#pending.add({ message, to, shown: undefined, timeoutMs, asker, signal });
    try {
      if (isCrowded(route, message)) this.#waitForPlace(subject, message, route, answer);
      else this.#deps.mailboxes.deliver(subject, message, route, true);
    } catch (error) {
      this.#pending.fail(message.number, error);
    }
    return answer;
  }

  /** A request that its sender gave up waits for no place any more. */
  #waitForPlace(subject: Subject, message: Envelope, route: ProcessRoute, answer: Promise<Message>): void {
    const gaveUp = new AbortController();
    answer.catch((reason: unknown) => gaveUp.abort(reason));
    const sent = this.#deps.mailboxes.deliverOrWait(subject, message, route, true, gaveUp.signal);
    if (sent instanceof Promise) sent.catch((error: unknown) => this.#pending.fail(message.number, error));
  }

  /** Asks who is no process; the kernel answers in its name. It may answer late, or not at all. */
  askElsewhere(
    from: Pid,
    route: Exclude<Route, ProcessRoute>,
    prepared: PreparedPayload,
    options: RequestOptions,
    deliver: Deliver,
    rare?: RareFields,
  ): Promise<Message> {
    const timeoutMs = readTimeout(options.timeoutMs);
    const message = this.#make(from, route, prepared, options, timeoutMs, rare);
    const asker = this.#deps.endpoints.find(from);
    const { signal } = options;
    const answer = this.#pending.add({ message, to: KERNEL_PID, shown: route.resource, timeoutMs, asker, signal });
    const controller = new AbortController();
    answer.catch((reason: unknown) => controller.abort(reason));
    try {
      deliver(message, controller.signal)
        .then((reply) => this.answer(KERNEL_PID, message, reply, undefined))
        .catch((error: unknown) => {
          if (this.#pending.awaited(message.number, KERNEL_PID) === undefined) return;
          this.#pending.fail(message.number, asReplyError(error, message));
        });
    } catch (error) {
      this.#pending.fail(message.number, error);
    }
    return answer;
  }

  /**
   * Answers a request, whatever has become of it.
   *
   * @throws IPC_INPUT_INVALID for what is no message of this kernel, and what the guard raises
   */
  answer(
    from: Pid,
    request: Message,
    prepared: PreparedPayload,
    error: WeftErrorJson | undefined,
  ): ReplyResult["status"] {
    const asked = request instanceof Envelope ? request : this.#written(request);
    // An agent that replies to all it gets must not fail by a message that asked for nothing.
    if (asked.deadline === undefined) return "unasked";
    const { maker, guard, traces, bury, endpoints } = this.#deps;
    const { number, from: to, node } = asked;
    const pending = this.#pending.awaited(number, from);
    const route = endpoints.routeOfReply(to);
    // The PID of a process on another node is that of a stranger here.
    const target: MessageTarget =
      node === undefined ? route.target : { kind: "remote", node, target: { kind: "process", pid: to } };
    const reply = maker.reply(from, target, prepared, asked.trace, number, error);
    // Anybody can write down a request: only of one that waits, or that came from the router, is the answer an answer.
    const isAnswer = pending !== undefined || request instanceof Envelope;
    const call = aboutReply(endpoints.subject(from), reply, route, isAnswer);
    if (pending === undefined) {
      guard.performSync(call, () => bury(reply, "late-reply"));
      return "late";
    }
    guard.performSync(call, () => this.#pending.complete(pending, reply));
    if (reply.trace !== undefined) traces.record(reply, "answered");
    return "answered";
  }

  /** A request left the mailbox before anybody took it. */
  dropped(message: Envelope, pid: Pid): void {
    if (message.deadline === undefined) return;
    this.#pending.fail(message.number, inboxFull(pid, this.#deps.endpoints.find(pid)));
  }

  /** A process ended: its own requests, and those to it but some. */
  failTarget(pid: Pid, but?: ReadonlySet<number>): void {
    this.#pending.ended(pid, but);
  }

  /** The kernel ends: whoever still waits is told. */
  end(): void {
    this.#pending.end();
  }

  retarget(from: Pid, to: Pid): void {
    this.#pending.retarget(from, to);
  }

  /** Sends a message to another node; the answer is empty where none is expected. */
  async overMesh(
    transport: RemoteTransport | undefined,
    node: NodeId,
    message: Envelope,
    signal: AbortSignal,
  ): Promise<PreparedPayload> {
    if (transport === undefined) {
      this.#deps.bury(message, "target-not-found");
      throw new NoMeshError(`node ${node} cannot be reached: this kernel has no mesh`, { details: { node } });
    }
    const { target, kind, deadline } = message;
    if (target.kind !== "remote" || kind === "signal") throw invalid("the target", "one on another node", target.kind);
    const { id, from, payload, sentAt, trace, hops, segmentType } = message;
    const timeoutMs = deadline === undefined ? undefined : Math.max(1, deadline - this.#deps.clock.monotonic());
    const envelope = {
      id,
      from,
      target: target.target,
      kind,
      payload,
      sentAt,
      trace,
      hops: hops + 1,
      segmentType,
      timeoutMs,
    };
    const reply = await transport.send(node, envelope, { signal });
    if (reply === undefined) return { kind: "json", payload: null, bytes: 4 };
    if (reply.error !== undefined) throw WeftError.fromJSON(reply.error);
    // What another node says is checked like what anybody says.
    return preparePayload(reply.payload, declared(reply.kind));
  }

  #make(
    from: Pid,
    route: Route,
    prepared: PreparedPayload,
    options: RequestOptions,
    timeoutMs: number,
    rare: RareFields | undefined,
  ): Envelope {
    const { clock, maker } = this.#deps;
    return maker.make(from, route.target, prepared, options, clock.monotonic() + timeoutMs, rare);
  }

  /** Reads a request that came back over a thread or a wire, or that somebody wrote down. @throws IPC_INPUT_INVALID */
  #written(request: Message): Asked {
    if (typeof request !== "object" || request === null || !("id" in request)) {
      throw invalid("a request", "a message as it was received; a copy by spread has no id", request);
    }
    const { id, deadline, trace } = request;
    const number = this.#deps.maker.ids.parse(id);
    if (deadline !== undefined && number === undefined) throw invalid("a request", "a message of this kernel", id);
    const from = pidOf(request.from);
    return { number: number ?? 0, from, deadline, trace: isTrace(trace) ? trace : undefined, node: undefined };
  }
}

/** What an answer needs of a request. */
type Asked = Pick<Envelope, "number" | "from" | "deadline" | "trace" | "node">;

/** The kind as a sender says it; undefined for those that the value tells. */
export function declared(kind: PreparedPayload["kind"]): "toolCall" | "toolResult" | "rvf" | undefined {
  return kind === "toolCall" || kind === "toolResult" || kind === "rvf" ? kind : undefined;
}
