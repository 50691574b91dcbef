/** Ends approvals whose time is over: when it comes, and before anything is done with one. */
import type { Clock, Logger } from "@weftos/interface";
import { type ApprovalEntry, finished, isOpen } from "./approval-record.ts";
import type { ApprovalSteps } from "./approval-steps.ts";
import { ExpiryTimer } from "./expiry-timer.ts";
import type { KeptApprovals } from "./kept-approvals.ts";
import type { SteadyTime } from "./steady-time.ts";

/** What ending them takes. */
export interface DueInit {
  readonly clock: Pick<Clock, "schedule">;
  readonly logger: Logger;
  readonly kept: KeptApprovals;
  readonly steps: ApprovalSteps;
  readonly time: SteadyTime;
  /** Told of each, before it is written: it has expired whether or not that can be. */
  readonly expired: (entry: ApprovalEntry, next: ApprovalEntry) => void;
}

export class DueApprovals {
  readonly #of: DueInit;
  readonly #timer: ExpiryTimer;

  constructor(of: DueInit) {
    this.#of = of;
    this.#timer = new ExpiryTimer(of.clock, () => {
      of.steps
        .take(() => this.expire())
        .catch((error: unknown) => {
          of.logger.debug("expiry was not looked at", { error: String(error) });
        });
    });
  }

  stop(): void {
    this.#timer.stop();
  }

  /** Ends what has run out. */
  async expire(): Promise<void> {
    const now = this.#of.time.now();
    for (const entry of this.#of.kept.all()) {
      if (!isOpen(entry.approval) || now < entry.approval.expiresAt) continue;
      const { id } = entry.approval;
      const next = finished(entry, "expired");
      this.#of.expired(entry, next);
      try {
        await this.#of.steps.opened?.journal.append({ type: "expired", id, at: now });
      } catch (error) {
        // It stays expired: the next reader of the journal sees the same time.
        this.#of.logger.warn("an expiry could not be written", { approval: id, error: String(error) });
      }
    }
    this.look();
  }

  /** Sets the timer to the next expiry. */
  look(): void {
    const next = this.#of.kept.nextExpiry();
    this.#timer.set(next === undefined ? undefined : next - this.#of.time.now());
  }
}
