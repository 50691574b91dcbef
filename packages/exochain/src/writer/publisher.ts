// Brings the newest checkpoint into `chain/checkpoint`, behind the commit that holds its record. One at a time, and of
// several that wait only the newest: commits do not wait for it.
import type { Files, Logger } from "@weftos/interface";
import { CHECKPOINT_FILE } from "../format/file-names.ts";

export class CheckpointPublisher {
  readonly #files: Files;
  readonly #path: string;
  readonly #logger: Pick<Logger, "warn">;
  readonly #beside: () => Promise<void>;
  #next: Uint8Array | undefined;
  #running: Promise<void> | undefined;
  #failed = false;

  /** @param beside - what else is brought to the disk with a checkpoint */
  constructor(files: Files, dir: string, logger: Pick<Logger, "warn">, beside: () => Promise<void>) {
    this.#files = files;
    this.#path = `${dir}/${CHECKPOINT_FILE}`;
    this.#logger = logger;
    this.#beside = beside;
  }

  /** Whether the newest checkpoint could not be written. */
  get failed(): boolean {
    return this.#failed;
  }

  publish(note: Uint8Array): void {
    this.#next = note;
    this.#running ??= this.#run();
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#next !== undefined) {
      const note = this.#next;
      this.#next = undefined;
      try {
        await this.#files.writeAtomic(this.#path, note, { mode: 0o600 });
        await this.#beside();
        this.#failed = false;
      } catch (error) {
        // The record in the chain stands; the next checkpoint tries again.
        this.#failed = true;
        this.#logger.warn("checkpoint file not written", { error: errorCode(error) });
      }
    }
    this.#running = undefined;
  }
}

/** Gives the code of a platform's error for a record or a log line. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "UNKNOWN";
}
