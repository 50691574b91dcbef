/**
 * Tells what rules want known of acts that they let pass: an agent in its own log, everybody else in the kernel's. The same
 * again within a second is told once; when too many kinds are open, the oldest is told anew.
 */
import type { ActionRequest, Clock, Logger, ProcessControl } from "@weftos/interface";
import { toPid } from "@weftos/interface";

const WINDOW_MS = 1000;
const MAX_KINDS = 1024;

export class ToldWarnings {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #logger: Logger;
  readonly #control: () => Pick<ProcessControl, "warned"> | undefined;
  /** What was told, and when; oldest first. */
  readonly #told = new Map<string, number>();

  constructor(init: {
    readonly clock: Pick<Clock, "monotonic">;
    readonly logger: Logger;
    readonly control: () => Pick<ProcessControl, "warned"> | undefined;
  }) {
    this.#clock = init.clock;
    this.#logger = init.logger;
    this.#control = init.control;
  }

  /** Tells. */
  tell({ action, subject: { kind, id } }: ActionRequest, warnings: readonly string[]): void {
    if (!this.#isNew([kind, id, action, ...warnings].join("\0"))) return;
    const control = kind === "process" ? this.#control() : undefined;
    if (control !== undefined) control.warned(toPid(Number(id)), action, warnings);
    else this.#logger.warn("rules want something known of an action", { action, subject: `${kind}:${id}`, warnings });
  }

  #isNew(key: string): boolean {
    const now = this.#clock.monotonic();
    if (now - (this.#told.get(key) ?? Number.NEGATIVE_INFINITY) < WINDOW_MS) return false;
    this.#told.delete(key);
    this.#told.set(key, now);
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= MAX_KINDS) break;
      this.#told.delete(oldest);
    }
    return true;
  }
}
