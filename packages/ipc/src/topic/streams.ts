/** The streams out of a kernel: guarded when they are opened, and those of the wire ended when nobody reads them. */
import type { Clock, Guard, Message, Subject, Timer } from "@weftos/interface";
import { StreamNotFoundError, TooManyStreamsError } from "../ipc-errors.ts";
import { invalid } from "../message/call-input.ts";
import { type StreamOptions, TopicStream } from "./message-stream.ts";
import type { Subscriptions } from "./subscriptions.ts";
import { checkPattern } from "./topic-name.ts";

const DEFAULT_BUFFER = 256;
const MAX_BUFFER = 10_000;
const MAX_STREAMS = 1000;
/** How long a stream of the wire lives without being read. */
const LEASE_MS = 30_000;

interface Leased {
  readonly stream: TopicStream;
  readonly owner: string;
  /** Calls that read it now. */
  readers: number;
  lease: Timer;
}

export interface StreamsDeps {
  readonly clock: Clock;
  readonly guard: Guard;
  readonly topics: Subscriptions;
}

export class Streams {
  readonly #deps: StreamsDeps;
  readonly #open = new Set<TopicStream>();
  readonly #leased = new Map<string, Leased>();
  #count = 0;

  constructor(deps: StreamsDeps) {
    this.#deps = deps;
  }

  /** @throws IPC_TOPIC_INVALID, IPC_INPUT_INVALID, IPC_TOO_MANY_STREAMS, and what the guard raises */
  async open(subject: Subject, pattern: string, options: StreamOptions = {}): Promise<TopicStream> {
    checkPattern(pattern);
    const { buffer = DEFAULT_BUFFER, signal } = options;
    if (!Number.isSafeInteger(buffer) || buffer < 1 || buffer > MAX_BUFFER) {
      throw invalid("buffer", `an integer of 1 to ${MAX_BUFFER}`, buffer);
    }
    signal?.throwIfAborted();
    const { clock, guard, topics } = this.#deps;
    const attributes = { topic: pattern, stream: true };
    return await guard.perform({ action: "ipc.subscribe", subject, resource: `topic:${pattern}`, attributes }, () => {
      if (this.#open.size >= MAX_STREAMS) {
        throw new TooManyStreamsError(`${MAX_STREAMS} streams are open, which is the limit`, {
          details: { limit: MAX_STREAMS },
        });
      }
      const onAbort = (): void => stream.end();
      const stream = new TopicStream(clock, pattern, buffer, (ended) => {
        signal?.removeEventListener("abort", onAbort);
        topics.removeAll(ended);
        this.#open.delete(ended);
      });
      topics.add(stream, pattern);
      this.#open.add(stream);
      signal?.addEventListener("abort", onAbort, { once: true });
      return stream;
    });
  }

  /** Opens a stream that is read by calls; unread for 30 seconds it is ended. @returns its id */
  async lease(subject: Subject, pattern: string, options: StreamOptions): Promise<string> {
    const stream = await this.open(subject, pattern, options);
    this.#count += 1;
    const id = `stream-${this.#count}`;
    this.#leased.set(id, { stream, owner: ownerOf(subject), readers: 0, lease: this.#schedule(id) });
    return id;
  }

  /**
   * Reads a stream: what is there, or what comes first within the time.
   *
   * @throws IPC_STREAM_NOT_FOUND, IPC_STREAM_STALLED
   */
  async read(
    subject: Subject,
    id: string,
    most: number,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<readonly Message[]> {
    const leased = this.#find(subject, id);
    leased.lease.cancel();
    leased.readers += 1;
    const waited = new AbortController();
    const timer = this.#deps.clock.schedule(waitMs, () => waited.abort());
    try {
      return await leased.stream.take(most, AbortSignal.any([waited.signal, signal]));
    } finally {
      timer.cancel();
      leased.readers -= 1;
      if (leased.stream.over) this.#leased.delete(id);
      else if (leased.readers === 0 && this.#leased.has(id)) leased.lease = this.#schedule(id);
    }
  }

  /** Ends a stream that is read by calls. @throws IPC_STREAM_NOT_FOUND */
  end(subject: Subject, id: string): void {
    const { stream, lease } = this.#find(subject, id);
    lease.cancel();
    this.#leased.delete(id);
    stream.end();
  }

  close(): void {
    for (const { lease } of this.#leased.values()) lease.cancel();
    this.#leased.clear();
    for (const stream of [...this.#open]) stream.end();
  }

  #find(subject: Subject, id: string): Leased {
    const leased = this.#leased.get(id);
    if (leased !== undefined && leased.owner === ownerOf(subject)) return leased;
    throw new StreamNotFoundError("there is no such stream", { details: { stream: id } });
  }

  #schedule(id: string): Timer {
    const expire = (): void => {
      this.#leased.get(id)?.stream.end();
      this.#leased.delete(id);
    };
    return this.#deps.clock.schedule(LEASE_MS, expire, { background: true });
  }
}

function ownerOf({ kind, id }: Subject): string {
  return `${kind}:${id}`;
}
