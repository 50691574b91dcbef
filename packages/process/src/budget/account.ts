/** An account of the ledger, and the arithmetic that makes and loses nothing. Pure; the ledger writes down what happens here. */
import type { BudgetAccount, BudgetAccountId, BudgetAmounts, BudgetUnit } from "@weftos/interface";
import { entriesOf, type Tally } from "./amounts.ts";

export class Account {
  readonly id: BudgetAccountId;
  readonly parent: Account | undefined;
  readonly owner: string;
  readonly grant: Tally = {};
  readonly spent: Tally = {};
  readonly held: Tally = {};
  readonly lent: Tally = {};
  readonly holds = new Map<string, BudgetAmounts>();
  readonly children = new Set<Account>();

  constructor(id: BudgetAccountId, parent: Account | undefined, owner: string) {
    this.id = id;
    this.parent = parent;
    this.owner = owner;
  }

  /** The account that bounds a unit here: this one or the nearest above; undefined when nothing does. */
  bounding(unit: BudgetUnit): Account | undefined {
    let account: Account | undefined = this;
    while (account !== undefined && account.grant[unit] === undefined) account = account.parent;
    return account;
  }

  /** What is neither spent nor set aside, of a unit that it bounds. */
  free(unit: BudgetUnit): number {
    const { grant, spent, held, lent } = this;
    return (grant[unit] ?? 0) - (spent[unit] ?? 0) - (held[unit] ?? 0) - (lent[unit] ?? 0);
  }

  /** A picture of it. */
  snapshot(): BudgetAccount {
    const { id, parent, owner, grant, spent, held, lent } = this;
    return {
      id,
      parent: parent?.id,
      owner,
      grant: { ...grant },
      spent: { ...spent },
      held: { ...held },
      lent: { ...lent },
    };
  }
}

/** Adds to a tally. */
export function add(tally: Tally, unit: BudgetUnit, value: number): void {
  tally[unit] = (tally[unit] ?? 0) + value;
}

/** The first unit of which an account has too little, and how much is free. */
export function lacking(
  account: Account,
  amount: BudgetAmounts,
): { readonly unit: BudgetUnit; readonly asked: number; readonly free: number } | undefined {
  for (const [unit, asked] of entriesOf(amount)) {
    const bounding = account.bounding(unit);
    if (bounding === undefined) continue;
    const free = bounding.free(unit);
    if (asked > free) return { unit, asked, free };
  }
  return undefined;
}
