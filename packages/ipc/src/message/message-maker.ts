/** Makes envelopes: number, time, and the trace that a message inherits. */
import type { Clock, MessageTarget, Pid, RequestOptions, SendOptions, WeftErrorJson } from "@weftos/interface";
import { Envelope, type RareFields } from "./envelope.ts";
import type { MessageIds } from "./message-ids.ts";
import type { PreparedPayload } from "./payload.ts";
import { messageTrace } from "./trace.ts";

/** What a sender said of a message. */
export type Said = Pick<SendOptions & RequestOptions, "trace" | "forwards" | "segmentType">;

export class MessageMaker {
  readonly ids: MessageIds;
  readonly #clock: Pick<Clock, "now">;
  readonly #lastTrace: (pid: Pid) => string | undefined;

  /** @param lastTrace - gives the trace of the message that a process took last */
  constructor(ids: MessageIds, clock: Pick<Clock, "now">, lastTrace: (pid: Pid) => string | undefined) {
    this.ids = ids;
    this.#clock = clock;
    this.#lastTrace = lastTrace;
  }

  make(
    from: Pid,
    target: MessageTarget,
    prepared: PreparedPayload,
    said: Said,
    deadline: number | undefined,
    rare?: RareFields,
  ): Envelope {
    return this.#envelope(from, target, prepared, deadline, this.#traceOf(from, said), undefined, rareOf(said, rare));
  }

  /** Makes a reply, under the trace of its request. @param answers - number of the request */
  reply(
    from: Pid,
    target: MessageTarget,
    prepared: PreparedPayload,
    trace: string | undefined,
    answers: number,
    error: WeftErrorJson | undefined,
  ): Envelope {
    const given = trace === undefined ? undefined : messageTrace(trace);
    return this.#envelope(
      from,
      target,
      prepared,
      undefined,
      given,
      answers,
      error === undefined ? undefined : { error },
    );
  }

  #envelope(
    from: Pid,
    target: MessageTarget,
    { kind, payload, bytes }: PreparedPayload,
    deadline: number | undefined,
    trace: string | undefined,
    answers: number | undefined,
    rare: RareFields | undefined,
  ): Envelope {
    const number = this.ids.next();
    const sentAt = this.#clock.now();
    return new Envelope(this.ids, {
      number,
      from,
      target,
      kind,
      payload,
      bytes,
      sentAt,
      deadline,
      trace,
      answers,
      rare,
    });
  }

  #traceOf(from: Pid, { trace, forwards }: Said): string | undefined {
    if (trace === null) return undefined;
    const given = trace ?? forwards?.trace;
    return given === undefined ? this.#lastTrace(from) : messageTrace(given);
  }
}

function rareOf({ forwards, segmentType }: Said, rare: RareFields | undefined): RareFields | undefined {
  if (forwards === undefined && segmentType === undefined) return rare;
  return { ...rare, segmentType, hops: forwards === undefined ? undefined : forwards.hops + 1 };
}
