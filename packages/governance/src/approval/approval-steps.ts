/**
 * Takes the steps of a book one after the other, over its open journal; one that fails stops none behind it. A journal that
 * holds much that is over is rewritten after a step.
 */
import type { Logger } from "@weftos/interface";
import type { ApprovalJournal } from "./approval-journal.ts";
import { closed } from "./approval-refusals.ts";
import { type KeptApprovals, keptRecord } from "./kept-approvals.ts";

const SPARE_RECORDS = 512;

/** What a step works with. */
export interface OpenedJournal {
  readonly journal: ApprovalJournal;
  /** Under which what is stored with a question is sealed. */
  readonly key: Uint8Array;
}

export class ApprovalSteps {
  readonly #kept: KeptApprovals;
  readonly #logger: Logger;
  #opened: OpenedJournal | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(init: { readonly kept: KeptApprovals; readonly logger: Logger }) {
    this.#kept = init.kept;
    this.#logger = init.logger;
  }

  get opened(): OpenedJournal | undefined {
    return this.#opened;
  }

  open(opened: OpenedJournal): void {
    this.#opened = opened;
  }

  /** Takes a step after those before it. @throws `APPROVAL_CLOSED`, and what the step throws */
  take<T>(step: (opened: OpenedJournal) => Promise<T>, spare = SPARE_RECORDS): Promise<T> {
    const result = this.#tail.then(async () => {
      if (this.#opened === undefined) throw closed();
      const taken = await step(this.#opened);
      await this.#compact(this.#opened.journal, spare);
      return taken;
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Lets no more steps begin, waits for the last, and closes the journal. */
  async close(): Promise<void> {
    const opened = this.#opened;
    await this.#tail;
    this.#opened = undefined;
    await opened?.journal.close();
  }

  async #compact(journal: ApprovalJournal, spare: number): Promise<void> {
    if (journal.length <= this.#kept.size * 2 + spare) return;
    try {
      await journal.rewrite(this.#kept.all().map(keptRecord));
    } catch (error) {
      this.#logger.warn("the journal of approvals could not be rewritten", { error: String(error) });
    }
  }
}
