import type { BudgetAmounts } from "./budget-amounts.ts";

/** How to take from a budget. */
export interface BudgetOptions {
  /** What to do when not enough is left: `reject` with `PROCESS_BUDGET_EXHAUSTED` (default), or `wait` for a grant. */
  readonly onExhausted?: "reject" | "wait" | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A part of a budget that is set aside until it is known what was used. */
export interface BudgetHold {
  readonly id: string;
  /**
   * Says what was used; the rest goes back. More than was set aside is taken from what is free.
   *
   * @param actual - @defaultValue all that was set aside
   * @throws PROCESS_BUDGET_EXHAUSTED when it was more than there is; all that there was is spent then
   */
  settle(actual?: BudgetAmounts): Promise<void>;
  /** Nothing was used: all of it goes back. */
  release(): Promise<void>;
}

/**
 * What an agent may spend. Messages and tool calls are charged by the kernel, processor time where the backend measures it;
 * tokens and money by whoever uses them. What no budget bounds, is free.
 */
export interface AgentBudget {
  /** What is left, of the units that are bounded for this agent. */
  remaining(): Promise<BudgetAmounts>;
  /** Takes an amount, durably. @throws PROCESS_BUDGET_EXHAUSTED, and nothing is taken */
  spend(amount: BudgetAmounts, options?: BudgetOptions): Promise<void>;
  /** Sets an amount aside, durably; what is not settled when this start of the agent ends, or the kernel crashes, is spent. @throws as `spend` */
  reserve(amount: BudgetAmounts, options?: BudgetOptions): Promise<BudgetHold>;
}
