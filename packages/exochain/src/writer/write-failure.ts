// Whether the chain can be written, and when to try again after it could not: 250 ms at first, 8 s at most.
import type { Clock, Timer } from "@weftos/interface";
import { ChainNotWritableError } from "../error/chain-errors.ts";
import { errorCode } from "./publisher.ts";

const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 8000;

export class WriteFailure {
  readonly #clock: Pick<Clock, "schedule">;
  #code: string | undefined;
  #lost = 0;
  #timer: Timer | undefined;
  #retryMs = RETRY_FIRST_MS;

  constructor(clock: Pick<Clock, "schedule">) {
    this.#clock = clock;
  }

  /** Code of the error that keeps the chain from being written; undefined while it is writable. */
  get code(): string | undefined {
    return this.#code;
  }

  /** Appends that were rejected and that no event tells of yet. */
  get lost(): number {
    return this.#lost;
  }

  began(error: unknown): void {
    this.#code = errorCode(error);
  }

  lose(events: number): void {
    this.#lost += events;
  }

  retryLater(retry: () => void): void {
    this.#timer = this.#clock.schedule(this.#retryMs, retry, { background: true });
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MOST_MS);
  }

  stopRetrying(): void {
    this.#timer?.cancel();
  }

  /** The chain is written again, and an event tells of so many lost appends. */
  ended(told: number): void {
    this.#code = undefined;
    this.#lost -= told;
    this.#retryMs = RETRY_FIRST_MS;
  }

  refusal(): ChainNotWritableError {
    const error = this.#code ?? "UNKNOWN";
    return new ChainNotWritableError(`the chain cannot be written (${error}); nothing is recorded until it can`, {
      details: { error },
      retryable: true,
    });
  }
}
