/**
 * Which budgets may be closed. That of an agent which is over stays open until nobody spends from it: its children, which may take a
 * moment to end, and the budgets that were lent out of it. What is closed earlier would bound nobody any more.
 */
import type { BudgetAccountId } from "@weftos/interface";
import { KERNEL_ACCOUNT } from "./book.ts";

export class OpenBudgets {
  readonly #close: (account: BudgetAccountId) => void;
  /** Starts that spend from an account, and accounts below it. */
  readonly #users = new Map<BudgetAccountId, number>();
  readonly #above = new Map<BudgetAccountId, BudgetAccountId>();
  /** Their agents have ended for good. */
  readonly #over = new Set<BudgetAccountId>();

  /** @param close - closes an account in the ledger */
  constructor(close: (account: BudgetAccountId) => void) {
    this.#close = close;
  }

  /** An agent has an account; said again at each of its starts. @param above - that out of which it was lent */
  opened(account: BudgetAccountId, above: BudgetAccountId): void {
    if (this.#above.has(account)) return;
    this.#above.set(account, above);
    this.used(above);
  }

  /** A start spends from an account. */
  used(account: BudgetAccountId): void {
    if (account !== KERNEL_ACCOUNT) this.#users.set(account, (this.#users.get(account) ?? 0) + 1);
  }

  /** It does no more, and has settled what it set aside. */
  left(account: BudgetAccountId): void {
    const users = (this.#users.get(account) ?? 0) - 1;
    if (users > 0) {
      this.#users.set(account, users);
      return;
    }
    this.#users.delete(account);
    if (this.#over.has(account)) this.#end(account);
  }

  /** The agent of an account is over. */
  over(account: BudgetAccountId): void {
    if (this.#users.has(account)) this.#over.add(account);
    else this.#end(account);
  }

  #end(account: BudgetAccountId): void {
    this.#over.delete(account);
    this.#close(account);
    const above = this.#above.get(account);
    this.#above.delete(account);
    if (above !== undefined) this.left(above);
  }
}
