// Brings the newest checkpoint into `chain/checkpoint`, behind the commit that holds its record. One at a time, of several
// that wait only the newest, and a pause between two: making a file, renaming it and syncing its folder holds up every
// other sync of the disk for milliseconds. Commits do not wait for it; who asked for a checkpoint does, without the pause.
import type { Clock, Files, Logger, Timer } from "@weftos/interface";
import { CHECKPOINT_FILE } from "../format/file-names.ts";

const PAUSE_MS = 100;

/** What a publisher works with. */
export interface PublisherParts {
  readonly files: Files;
  readonly dir: string;
  readonly clock: Pick<Clock, "monotonic" | "schedule">;
  readonly logger: Pick<Logger, "warn">;
  /** What else is brought to the disk with a checkpoint. */
  readonly beside: () => Promise<void>;
}

export class CheckpointPublisher {
  readonly #parts: PublisherParts;
  #next: Uint8Array | undefined;
  #running: Promise<void> | undefined;
  #pause: Timer | undefined;
  #endedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  publish(note: Uint8Array): void {
    this.#next = note;
    this.#afterPause();
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    for (;;) {
      this.#pause?.cancel();
      this.#pause = undefined;
      if (this.#running === undefined && this.#next !== undefined) this.#begin(this.#next);
      if (this.#running === undefined) return;
      await this.#running;
    }
  }

  #afterPause(): void {
    if (this.#running !== undefined || this.#pause !== undefined || this.#next === undefined) return;
    const { clock } = this.#parts;
    const restMs = this.#endedMs + PAUSE_MS - clock.monotonic();
    if (restMs <= 0) this.#begin(this.#next);
    else
      this.#pause = clock.schedule(
        restMs,
        () => {
          this.#pause = undefined;
          this.#afterPause();
        },
        { background: true },
      );
  }

  #begin(note: Uint8Array): void {
    this.#next = undefined;
    this.#running = this.#write(note).finally(() => {
      this.#running = undefined;
      this.#endedMs = this.#parts.clock.monotonic();
      this.#afterPause();
    });
  }

  async #write(note: Uint8Array): Promise<void> {
    const { files, dir, logger, beside } = this.#parts;
    try {
      await files.writeAtomic(`${dir}/${CHECKPOINT_FILE}`, note, { mode: 0o600 });
      await beside();
    } catch (error) {
      // The record in the chain stands; the next checkpoint tries again.
      logger.warn("checkpoint file not written", { error: errorCode(error) });
    }
  }
}

/** Gives the code of a platform's error for a record or a log line. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "UNKNOWN";
}
