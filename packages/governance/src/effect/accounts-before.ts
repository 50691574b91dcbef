/**
 * Has the accounts of before this boot read while governance starts, and, where that takes longer than a start should, beside the
 * kernel: a long chain keeps no kernel from starting. Until all is read, a rule about what was accumulated cannot be judged, which
 * denies. Limits: what cannot be read after the start stays unread until the next boot.
 */
import type { Clock, Logger, Timer } from "@weftos/interface";
import { type RebuildInit, rebuildAccounts } from "./rebuild-accounts.ts";

/** How long a start waits: well below the shortest time that a kernel gives a feature to start in by itself. */
export const PATIENCE_MS = 3000;

/** What is read, and who is told. */
export interface AccountsInit extends Omit<RebuildInit, "clock"> {
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info" | "error">;
}

export class AccountsBefore {
  readonly #ended = new AbortController();
  #reading: Promise<void> = Promise.resolve();
  #read = true;

  /**
   * Reads.
   *
   * @param init - its signal ends the reading while this waits
   * @returns false when the reading goes on beside the kernel
   * @throws what the reader throws, while this waits
   */
  async read({ signal, logger, ...init }: AccountsInit): Promise<boolean> {
    signal.throwIfAborted();
    this.#read = false;
    let beside = false;
    const reading = rebuildAccounts({ ...init, signal: this.#ended.signal }).then((booked) => {
      this.#read = true;
      if (beside) logger.info("what agents did before this start is read", { booked });
    });
    this.#reading = reading.catch((error: unknown) => {
      if (!beside || this.#ended.signal.aborted) return;
      const why = error instanceof Error ? error.message : "unknown";
      logger.error("what agents did before this start cannot be read: what rules add up stays refused", { error: why });
    });
    let timer: Timer | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = init.clock.schedule(PATIENCE_MS, () => resolve(false));
    });
    const onAbort = (): void => this.#ended.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const inTime = await Promise.race([reading.then(() => true), late]);
      beside = !inTime;
      return inTime;
    } finally {
      timer?.cancel();
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Throws while accounts may hold less than was done. */
  assertRead(): void {
    if (!this.#read) throw new Error("what agents did before this start is not read yet");
  }

  /** Ends the reading. */
  async stop(): Promise<void> {
    this.#ended.abort(new Error("governance stops"));
    await this.#reading;
  }
}
