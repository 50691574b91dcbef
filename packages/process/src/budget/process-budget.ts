/**
 * What one start of an agent sees of its budget: the calls of its context, on the account it has. Who waits for a grant is shown as
 * waiting. What the start has set aside and not settled when it ends is spent: nobody could settle it later.
 */
import type { AgentBudget, BudgetAmounts, BudgetHold, BudgetOptions } from "@weftos/interface";
import { ProcessNotAcceptingError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { Ledger } from "./ledger.ts";

export class ProcessBudget implements AgentBudget {
  readonly #entry: ProcessEntry;
  readonly #ledger: Ledger;
  readonly #signal: AbortSignal;
  /** What is set aside; bounded by the ledger. */
  readonly #held = new Set<string>();

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
    this.#assertLives();
    const { account } = this.#entry;
    const hold = await this.#waiting(options, (checked) => this.#ledger.reserve(account, amount, checked));
    if (this.#entry.state === "exited") await hold.release();
    this.#assertLives();
    if (!this.#ledger.holds(account, hold.id)) return hold;
    this.#held.add(hold.id);
    return {
      id: hold.id,
      settle: (actual) => this.#settled(hold.id, hold.settle(actual)),
      release: () => this.#settled(hold.id, hold.release()),
    };
  }

  /** The start has ended: what it holds is spent. @throws what the files throw, and it is spent nevertheless */
  async close(): Promise<void> {
    const held = [...this.#held];
    this.#held.clear();
    await this.#ledger.settleAll(this.#entry.account, held);
  }

  async #settled(hold: string, settling: Promise<void>): Promise<void> {
    try {
      await settling;
    } finally {
      // What was settled by an invalid amount is still set aside.
      if (!this.#ledger.holds(this.#entry.account, hold)) this.#held.delete(hold);
    }
  }

  #assertLives(): void {
    const { state, pid } = this.#entry;
    if (state !== "exited") return;
    throw new ProcessNotAcceptingError(`process ${pid} has ended`, { details: { phase: "exited" } });
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
