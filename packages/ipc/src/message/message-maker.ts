/** Makes envelopes: number, time, and the trace that a message inherits. */
import type { Clock, MessageTarget, Pid, RequestOptions, SendOptions } from "@weftos/interface";
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
    return new Envelope(this.ids, {
      number: this.ids.next(),
      from,
      target,
      kind: prepared.kind,
      payload: prepared.payload,
      bytes: prepared.bytes,
      sentAt: this.#clock.now(),
      deadline,
      trace: this.#traceOf(from, said),
      rare: rareOf(said, rare),
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
