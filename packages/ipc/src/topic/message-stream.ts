/** Messages of topics for a reader outside of any process: a bounded buffer that makes publishers wait when it is full. */
import type { Clock, Message, Timer } from "@weftos/interface";
import { StreamStalledError } from "../ipc-errors.ts";
import type { Pushed } from "../mailbox/mailbox.ts";
import type { Envelope } from "../message/envelope.ts";
import type { Sink } from "./subscriptions.ts";

/** How long publishers wait for a reader that takes nothing. */
const STALLED_MS = 5000;

/** Options of a stream. */
export interface StreamOptions {
  /** Messages that may wait to be read: 1 to 10 000. @defaultValue 256 */
  readonly buffer?: number | undefined;
  /** Ends the stream. */
  readonly signal?: AbortSignal | undefined;
}

/** Messages as they are published, until the stream is ended. */
export interface MessageStream extends AsyncIterable<Message> {
  /** Ends it; a second call does nothing. */
  end(): void;
}

interface Waiting {
  readonly message: Envelope;
  readonly settle: (pushed: Pushed) => void;
}

export class TopicStream implements Sink, MessageStream {
  readonly pid = undefined;
  readonly refusal = "stream-stalled";
  readonly pattern: string;
  readonly #clock: Clock;
  readonly #buffer: number;
  readonly #onEnd: (stream: TopicStream) => void;
  readonly #queue: Envelope[] = [];
  readonly #publishers: Waiting[] = [];
  #stalls: Timer | undefined;
  readonly #readers = new Set<() => void>();
  #failure: StreamStalledError | undefined;
  #ended = false;

  constructor(clock: Clock, pattern: string, buffer: number, onEnd: (stream: TopicStream) => void) {
    this.#clock = clock;
    this.pattern = pattern;
    this.#buffer = buffer;
    this.#onEnd = onEnd;
  }

  offer(message: Envelope): Pushed | Promise<Pushed> {
    if (this.#ended) return "refused";
    if (this.#queue.length < this.#buffer && this.#publishers.length === 0) {
      this.#queue.push(message);
      this.#wake();
      return "delivered";
    }
    // As many publishers may wait as messages: the reader is far behind by then.
    if (this.#publishers.length >= this.#buffer) return "refused";
    this.#stalls ??= this.#clock.schedule(STALLED_MS, () => this.#stall());
    return new Promise((settle) => this.#publishers.push({ message, settle }));
  }

  /** Takes what is there, at most so many; waits for the first one until the signal aborts. Empty: it aborted, or all is read. */
  async take(most: number, signal: AbortSignal): Promise<readonly Envelope[]> {
    while (this.#queue.length === 0 && !this.#ended && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#readers.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        this.#readers.add(wake);
        signal.addEventListener("abort", wake, { once: true });
      });
    }
    const taken = this.#queue.splice(0, most);
    this.#admit();
    if (taken.length === 0 && this.#failure !== undefined) throw this.#failure;
    return taken;
  }

  /** Whether nothing comes any more and all was read. */
  get over(): boolean {
    return this.#ended && this.#queue.length === 0 && this.#failure === undefined;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    const never = new AbortController().signal;
    try {
      for (;;) {
        const [message] = await this.take(1, never);
        if (message === undefined) return undefined;
        yield message;
      }
    } finally {
      this.end();
    }
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stalls?.cancel();
    for (const { settle } of this.#publishers.splice(0)) settle("refused");
    this.#onEnd(this);
    this.#wake();
  }

  #stall(): void {
    const details = { pattern: this.pattern, buffer: this.#buffer };
    this.#failure = new StreamStalledError(`the reader of ${this.pattern} took nothing for ${STALLED_MS} ms`, {
      details,
    });
    this.end();
  }

  /** Lets publishers that wait have the room that was made. */
  #admit(): void {
    let admitted = false;
    while (this.#queue.length < this.#buffer) {
      const next = this.#publishers.shift();
      if (next === undefined) break;
      this.#queue.push(next.message);
      next.settle("delivered");
      admitted = true;
    }
    if (!admitted && this.#publishers.length > 0) return;
    this.#stalls?.cancel();
    this.#stalls = this.#publishers.length === 0 ? undefined : this.#clock.schedule(STALLED_MS, () => this.#stall());
  }

  #wake(): void {
    for (const wake of [...this.#readers]) wake();
  }
}
