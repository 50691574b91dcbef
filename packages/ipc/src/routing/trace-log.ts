/** Keeps where traced messages went: the newest 10 000, in memory. Messages without a trace cost nothing here. */
import { isWeftError, type MessageTarget, type NodeId, type PayloadKind, type Pid } from "@weftos/interface";
import type { Envelope } from "../message/envelope.ts";
import { traceIdOf } from "../message/trace.ts";

const MAX_STEPS = 10_000;

/** One message of a trace. */
export interface TraceStep {
  readonly id: string;
  readonly trace: string;
  readonly from: Pid;
  /** The node that it came from, where `from` is a PID of; undefined: this one. */
  readonly node: NodeId | undefined;
  readonly target: MessageTarget;
  readonly kind: PayloadKind;
  /** Id of the request that it answers. */
  readonly correlationId: string | undefined;
  readonly bytes: number;
  /** Milliseconds UTC. */
  readonly sentAt: number;
  /** What became of it: `delivered`, `queued`, `answered`, why it is a dead letter, or the code of the refusal. */
  readonly status: string;
}

export class TraceLog {
  readonly #steps: TraceStep[] = [];
  #next = 0;

  /** @param status - `delivered`, `queued`, `answered`, why it is a dead letter, or the code of the refusal */
  record(message: Envelope, status: string): void {
    const { trace, from, node, target, kind, bytes, sentAt, id, correlationId } = message;
    if (trace === undefined) return;
    const step = { id, trace, from, node, target, kind, correlationId, bytes, sentAt, status };
    this.#steps[this.#next % MAX_STEPS] = step;
    this.#next += 1;
  }

  /** Records that a message was refused, unless the newest step says already what became of it. */
  refused(message: Envelope, error: unknown): void {
    if (message.trace === undefined || !isWeftError(error)) return;
    if (this.#steps[(this.#next - 1) % MAX_STEPS]?.id !== message.id) this.record(message, error.code);
  }

  /** Asks the guard about a message; a refusal is a step of its trace. */
  ask<T>(message: Envelope, asked: () => T): T {
    if (message.trace === undefined) return asked();
    try {
      return asked();
    } catch (error) {
      this.refused(message, error);
      throw error;
    }
  }

  /** Gives the messages of a trace, oldest first: by its trace id or whole context, or by the id of one of its messages. */
  find(wanted: string): readonly TraceStep[] {
    const all = this.#inOrder();
    const traceId = traceIdOf(all.find(({ id }) => id === wanted)?.trace ?? wanted);
    return all.filter((step) => traceIdOf(step.trace) === traceId);
  }

  #inOrder(): readonly TraceStep[] {
    const at = this.#next % MAX_STEPS;
    return this.#next <= MAX_STEPS ? this.#steps : [...this.#steps.slice(at), ...this.#steps.slice(0, at)];
  }
}
