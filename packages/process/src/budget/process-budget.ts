/** What an agent sees of its budget: the calls of its context, on the account it has. Who waits for a grant is shown as waiting. */
import type { AgentBudget, BudgetAmounts, BudgetHold, BudgetOptions } from "@weftos/interface";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { Ledger } from "./ledger.ts";

export class ProcessBudget implements AgentBudget {
  readonly #entry: ProcessEntry;
  readonly #ledger: Ledger;
  readonly #signal: AbortSignal;

  /** @param signal - aborts when the process is asked to stop: it waits for no grant then */
  constructor(entry: ProcessEntry, ledger: Ledger, signal: AbortSignal) {
    this.#entry = entry;
    this.#ledger = ledger;
    this.#signal = signal;
  }

  async remaining(): Promise<BudgetAmounts> {
    return this.#ledger.remaining(this.#entry.account);
  }

  async spend(amount: BudgetAmounts, options?: BudgetOptions): Promise<void> {
    await this.#waiting(options, (checked) => this.#ledger.spend(this.#entry.account, amount, checked));
  }

  async reserve(amount: BudgetAmounts, options?: BudgetOptions): Promise<BudgetHold> {
    return await this.#waiting(options, (checked) => this.#ledger.reserve(this.#entry.account, amount, checked));
  }

  async #waiting<T>(options: BudgetOptions = {}, work: (options: BudgetOptions) => Promise<T>): Promise<T> {
    if (options.onExhausted !== "wait") return await work(options);
    const signal = options.signal === undefined ? this.#signal : AbortSignal.any([options.signal, this.#signal]);
    const over = this.#entry.waiting("budget");
    try {
      return await work({ ...options, signal });
    } finally {
      over();
    }
  }
}
