import type { Port } from "../feature/port.ts";
import type { BudgetHold, BudgetOptions } from "./agent-budget.ts";
import type { BudgetAmounts } from "./budget-amounts.ts";

/** An account of the ledger, by a number that is never used again in a state directory; 0 is the kernel's, without bounds. */
export type BudgetAccountId = number;

/** An account as others see it. */
export interface BudgetAccount {
  readonly id: BudgetAccountId;
  readonly parent: BudgetAccountId | undefined;
  /** Name of the agent that it is for. */
  readonly owner: string;
  /** What it was given; units that are not named are bounded by the accounts above. */
  readonly grant: BudgetAmounts;
  readonly spent: BudgetAmounts;
  /** What is set aside and not settled. */
  readonly held: BudgetAmounts;
  /** What accounts below were given out of it. */
  readonly lent: BudgetAmounts;
}

/**
 * Keeps budgets as a tree in which nothing is made or lost: an account's grant is set aside in the account above it that bounds the
 * unit, and what it has not spent goes back there when it is closed; what it spent, that account has spent.
 *
 * *When called*: at each start of an agent with a budget, and by whatever costs. *Errors*: `PROCESS_BUDGET_EXHAUSTED`,
 * `PROCESS_BUDGET_UNKNOWN` for an account that is closed, and what the files throw. *Ordering*: every change is on disk before its
 * promise resolves; changes are applied in the order of the calls. *Rules*: `spent + held + lent ≤ grant` in each account and each
 * unit, at every moment, and after a crash; a hold that a crash left is spent.
 */
export interface BudgetLedger {
  open(parent: BudgetAccountId, owner: string, grant: BudgetAmounts): Promise<BudgetAccountId>;
  /** Adds to a grant, out of the accounts above; only to units that the account bounds. @throws PROCESS_INPUT_INVALID */
  grant(account: BudgetAccountId, more: BudgetAmounts): Promise<void>;
  /** Closes an account and those below; holds that are open count as spent. Closing twice does nothing. */
  close(account: BudgetAccountId): Promise<void>;
  spend(account: BudgetAccountId, amount: BudgetAmounts, options?: BudgetOptions): Promise<void>;
  reserve(account: BudgetAccountId, amount: BudgetAmounts, options?: BudgetOptions): Promise<BudgetHold>;
  /** What is left for an account, of the units that are bounded for it. */
  remaining(account: BudgetAccountId): BudgetAmounts;
  find(account: BudgetAccountId): BudgetAccount | undefined;
  list(): readonly BudgetAccount[];
}

export const budgetLedger: Port<BudgetLedger, "one"> = { name: "BudgetLedger", arity: "one" };
