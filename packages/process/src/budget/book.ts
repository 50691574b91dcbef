/**
 * The state of all budgets and the changes that it knows, each a line of the journal. A change is applied whole or not at all;
 * applied again from the journal, it gives the same state.
 */
import type { BudgetAccountId, BudgetAmounts, BudgetUnit } from "@weftos/interface";
import { Account, add } from "./account.ts";
import { entriesOf } from "./amounts.ts";

/** A change: `o`pen, `g`rant more, `s`pend, `h`old, s`e`ttle a hold, `c`lose. */
export type Change =
  | readonly ["o", BudgetAccountId, BudgetAccountId, string, BudgetAmounts]
  | readonly ["g", BudgetAccountId, BudgetAmounts]
  | readonly ["s", BudgetAccountId, BudgetAmounts]
  | readonly ["h", BudgetAccountId, string, BudgetAmounts]
  | readonly ["e", BudgetAccountId, string, BudgetAmounts]
  | readonly ["c", BudgetAccountId];

/** The account of the kernel: nothing bounds it. */
export const KERNEL_ACCOUNT: BudgetAccountId = 0;

export class Book {
  readonly #accounts = new Map<BudgetAccountId, Account>();
  /** The next number for an account. */
  next = 1;
  /** The next number for a hold. */
  nextHold = 1;

  constructor() {
    this.#accounts.set(KERNEL_ACCOUNT, new Account(KERNEL_ACCOUNT, undefined, "kernel"));
  }

  find(id: BudgetAccountId): Account | undefined {
    return this.#accounts.get(id);
  }

  all(): Iterable<Account> {
    return this.#accounts.values();
  }

  get size(): number {
    return this.#accounts.size;
  }

  /** Applies a change that was checked. @throws Error when it names what is not there: the journal is not this book's */
  apply(change: Change): void {
    switch (change[0]) {
      case "o": {
        const [, id, above, owner, grant] = change;
        const parent = this.#account(above);
        const account = new Account(id, parent, owner);
        this.#accounts.set(id, account);
        parent.children.add(account);
        this.next = Math.max(this.next, id + 1);
        this.#lend(account, grant);
        return;
      }
      case "g":
        this.#lend(this.#account(change[1]), change[2]);
        return;
      case "s":
        this.#each(this.#account(change[1]), change[2], (account, unit, value) => add(account.spent, unit, value));
        return;
      case "h": {
        const [, id, hold, amount] = change;
        const account = this.#account(id);
        account.holds.set(hold, amount);
        this.nextHold = Math.max(this.nextHold, Number(hold) + 1);
        this.#each(account, amount, (bounding, unit, value) => add(bounding.held, unit, value));
        return;
      }
      case "e":
        this.#settle(this.#account(change[1]), change[2], change[3]);
        return;
      case "c":
        this.#close(this.#account(change[1]));
    }
  }

  /** The changes that make this state out of nothing. */
  *changes(): Iterable<Change> {
    const open = [...(this.#accounts.get(KERNEL_ACCOUNT)?.children ?? [])];
    for (let account = open.shift(); account !== undefined; account = open.shift()) {
      yield ["o", account.id, account.parent?.id ?? KERNEL_ACCOUNT, account.owner, { ...account.grant }];
      if (entriesOf(account.spent).length > 0) yield ["s", account.id, { ...account.spent }];
      for (const [hold, amount] of account.holds) yield ["h", account.id, hold, amount];
      open.push(...account.children);
    }
  }

  #account(id: BudgetAccountId): Account {
    const account = this.#accounts.get(id);
    if (account === undefined) throw new Error(`there is no account ${id}`);
    return account;
  }

  /** Sets a grant aside in the accounts above that bound its units. */
  #lend(account: Account, grant: BudgetAmounts): void {
    for (const [unit, value] of entriesOf(grant)) {
      const lender = account.parent?.bounding(unit);
      if (lender !== undefined) add(lender.lent, unit, value);
      add(account.grant, unit, value);
    }
  }

  #settle(account: Account, hold: string, actual: BudgetAmounts): void {
    const amount = account.holds.get(hold);
    if (amount === undefined) return;
    account.holds.delete(hold);
    this.#each(account, amount, (bounding, unit, value) => add(bounding.held, unit, -value));
    this.#each(account, actual, (bounding, unit, value) => add(bounding.spent, unit, value));
  }

  #close(account: Account): void {
    for (const child of [...account.children]) this.#close(child);
    for (const [hold, amount] of [...account.holds]) this.#settle(account, hold, amount);
    for (const [unit, value] of entriesOf(account.grant)) {
      const lender = account.parent?.bounding(unit);
      if (lender === undefined) continue;
      add(lender.lent, unit, -value);
      add(lender.spent, unit, account.spent[unit] ?? 0);
    }
    account.parent?.children.delete(account);
    this.#accounts.delete(account.id);
  }

  #each(
    account: Account,
    amount: BudgetAmounts,
    work: (account: Account, unit: BudgetUnit, value: number) => void,
  ): void {
    for (const [unit, value] of entriesOf(amount)) {
      const bounding = account.bounding(unit);
      if (bounding !== undefined) work(bounding, unit, value);
    }
  }
}
