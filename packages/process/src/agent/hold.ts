/**
 * Holds back what a suspended agent wants done, until it is resumed: as if its code had stopped there. What is held when the agent is
 * ended fails with the reason of that, and is never done.
 */
import { ProcessStateError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";

/** Most calls that are held of one agent. */
const MAX_HELD = 1024;

export class Hold {
  readonly #over: Promise<void>;
  #release: () => void = () => undefined;
  #fail: (reason: unknown) => void = () => undefined;
  #held = 0;

  constructor() {
    this.#over = new Promise((resolve, reject) => {
      this.#release = resolve;
      this.#fail = reject;
    });
    // Whoever waits is told; perhaps nobody does.
    this.#over.catch(() => undefined);
  }

  /** The agent is resumed. */
  release(): void {
    this.#release();
  }

  /** The agent is ended. */
  end(reason: unknown): void {
    this.#fail(reason);
  }

  /** Resolves when the agent is resumed. @throws the reason for which it is ended, or of the signal, PROCESS_STATE for one call too many */
  async wait({ pid }: ProcessEntry, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#held >= MAX_HELD) {
      throw new ProcessStateError(
        `process ${pid} is suspended, and ${MAX_HELD} of its calls are held, which is the most`,
        {
          details: { pid, from: "suspended", to: "running" },
        },
      );
    }
    this.#held += 1;
    let onAbort = (): void => undefined;
    try {
      if (signal === undefined) await this.#over;
      else {
        const aborted = new Promise<never>((_, reject) => {
          onAbort = () => reject(signal.reason);
          signal.addEventListener("abort", onAbort, { once: true });
        });
        await Promise.race([this.#over, aborted]);
      }
    } finally {
      this.#held -= 1;
      signal?.removeEventListener("abort", onAbort);
    }
  }
}
