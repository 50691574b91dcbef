/** Questions and answers: a request waits for exactly one reply, from whom it was put to. */
import {
  type Attributes,
  type Clock,
  type Guard,
  KERNEL_PID,
  type Message,
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
import { invalid, readTimeout } from "../message/call-input.ts";
import { Envelope, type RareFields } from "../message/envelope.ts";
import type { MessageMaker } from "../message/message-maker.ts";
import { type PreparedPayload, preparePayload } from "../message/payload.ts";
import { asReplyError } from "./kernel-handlers.ts";
import { PendingRequests } from "./pending-requests.ts";
import type { Route } from "./routes.ts";
import type { TraceLog } from "./trace-log.ts";

export interface RequestsDeps {
  readonly clock: Clock;
  readonly guard: Guard;
  readonly maker: MessageMaker;
  readonly traces: TraceLog;
  readonly subject: (pid: Pid) => Subject;
  readonly bury: (message: Envelope, reason: DeadLetterReason) => void;
}

/** Sends a request on; gives the answer of those that answer at once, undefined where a reply will come by `answer`. */
export type Deliver = (message: Envelope, signal: AbortSignal) => Promise<PreparedPayload> | undefined;

export class Requests {
  readonly #deps: RequestsDeps;
  readonly #pending: PendingRequests;

  constructor(deps: RequestsDeps) {
    this.#deps = deps;
    this.#pending = new PendingRequests(deps.clock, deps.maker.ids);
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Not async: one promise a request. @throws what can be known at once */
  ask(
    from: Pid,
    route: Route,
    prepared: PreparedPayload,
    options: RequestOptions,
    deliver: Deliver,
    rare?: RareFields,
  ): Promise<Message> {
    const { clock, maker } = this.#deps;
    const timeoutMs = readTimeout(options.timeoutMs);
    const deadline = clock.monotonic() + timeoutMs;
    const message = maker.make(from, route.target, prepared, options, deadline, rare);
    const { number } = message;
    const to = route.to === "mailbox" ? route.pid : KERNEL_PID;
    const shown = route.to === "mailbox" ? `process ${to}` : route.resource;
    const answer = this.#pending.add({ message, to, shown, timeoutMs, deadline, signal: options.signal });
    try {
      if (route.to === "mailbox") void deliver(message, noSignal);
      else this.#waitElsewhere(message, answer, deliver);
    } catch (error) {
      this.#pending.fail(number, error);
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
    if (typeof request !== "object" || request === null || !(request instanceof Envelope || "id" in request)) {
      throw invalid("a request", "a message as it was received; a copy by spread has no id", request);
    }
    // An agent that replies to all it gets must not fail by a message that asked for nothing.
    if (request.deadline === undefined) return "unasked";
    const { maker, guard, traces, bury, subject } = this.#deps;
    const number = request instanceof Envelope ? request.number : maker.ids.parse(request.id);
    if (number === undefined) throw invalid("a request", "a message of this kernel", request.id);
    const to = request.from;
    const reply = maker.make(
      from,
      { kind: "process", pid: to },
      prepared,
      { trace: request.trace ?? null },
      undefined,
      error === undefined ? { answers: number } : { answers: number, error },
    );
    const awaited = this.#pending.awaits(number, from);
    // Anybody can write down a request: only of one that waits, or that came from the router, is the answer an answer.
    const attributes: Attributes = awaited || request instanceof Envelope ? { pid: to, reply: true } : { pid: to };
    const call = {
      action: "ipc.send",
      subject: subject(from),
      resource: `process:${to}`,
      attributes,
      actorPid: from,
      target: to,
      bytes: prepared.bytes,
    };
    if (!awaited) {
      guard.performSync(call, () => bury(reply, "late-reply"));
      return "late";
    }
    guard.performSync(call, () => this.#pending.complete(number, reply));
    if (reply.trace !== undefined) traces.record(reply, "answered");
    return "answered";
  }

  /** A process ended: its own requests, and those to it but some. */
  failTarget(pid: Pid, but?: ReadonlySet<number>): void {
    this.#pending.ended(pid, but);
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

  /** The kernel answers in the name of who is no process; its answer may come late, or not at all. */
  #waitElsewhere(message: Envelope, answer: Promise<Message>, deliver: Deliver): void {
    const controller = new AbortController();
    answer.catch((reason: unknown) => controller.abort(reason));
    const work = deliver(message, controller.signal);
    if (work === undefined) return;
    work
      .then((prepared) => this.answer(KERNEL_PID, message, prepared, undefined))
      .catch((error: unknown) => {
        if (this.#pending.awaits(message.number, KERNEL_PID)) {
          this.#pending.fail(message.number, asReplyError(error, message));
        }
      });
  }
}

const noSignal: AbortSignal = new AbortController().signal;

/** The kind as a sender says it; undefined for those that the value tells. */
export function declared(kind: PreparedPayload["kind"]): "toolCall" | "toolResult" | "rvf" | undefined {
  return kind === "toolCall" || kind === "toolResult" || kind === "rvf" ? kind : undefined;
}
