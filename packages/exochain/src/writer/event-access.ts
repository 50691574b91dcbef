// Events of an open chain by their sequence: one, a range, the last ones, and all from one on for as long as it is open.
import { ChainEventNotFoundError } from "../error/chain-errors.ts";
import type { EventReader } from "../reader/event-reader.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import type { CommitSignal } from "./commit-signal.ts";

const MOST_OF_TAIL = 10_000;

export class EventAccess {
  readonly #reader: EventReader;
  readonly #commits: CommitSignal;
  readonly #size: () => number;

  /** @param size - events on disk */
  constructor(reader: EventReader, commits: CommitSignal, size: () => number) {
    this.#reader = reader;
    this.#commits = commits;
    this.#size = size;
  }

  async get(sequence: number): Promise<StoredEvent> {
    for await (const event of this.range(sequence, sequence + 1)) return event;
    const message = `there is no event ${sequence}; the last one on disk is ${this.#size() - 1}`;
    throw new ChainEventNotFoundError(message, { details: { id: String(sequence) } });
  }

  range(from: number, to: number): AsyncIterable<StoredEvent> {
    checkSequence("from", from);
    checkSequence("to", to);
    return this.#reader.range(from, to);
  }

  async tail(count: number): Promise<readonly StoredEvent[]> {
    checkSequence("count", count);
    const size = this.#size();
    return await this.#list(Math.max(0, size - Math.min(count, MOST_OF_TAIL)), size);
  }

  async tailFrom(after: number, count: number = MOST_OF_TAIL): Promise<readonly StoredEvent[]> {
    checkSequence("after", after);
    checkSequence("count", count);
    return await this.#list(after + 1, Math.min(after + 1 + Math.min(count, MOST_OF_TAIL), this.#size()));
  }

  async #list(from: number, to: number): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for await (const event of this.#reader.range(from, to)) events.push(event);
    return events;
  }

  async *subscribe(from: number, signal: AbortSignal | undefined): AsyncIterable<StoredEvent> {
    checkSequence("from", from);
    let next = from;
    for (;;) {
      signal?.throwIfAborted();
      for await (const event of this.#reader.range(next, this.#size())) {
        signal?.throwIfAborted();
        next = event.sequence + 1;
        yield event;
      }
      if (next < this.#size()) continue;
      if (!(await this.#commits.next(signal))) return;
    }
  }
}

/** @throws RangeError when a value is no sequence */
export function checkSequence(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a safe integer of 0 or more`);
}
