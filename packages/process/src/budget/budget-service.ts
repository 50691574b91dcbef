/** Budgets as the kernel's owner and operators see and change them. */
import type { BudgetAccount, BudgetAccountId, BudgetAmounts, Guard, ProcessRef, Subject } from "@weftos/interface";
import { askedBy } from "../acting.ts";
import { pidOf } from "../agent/process-ref.ts";
import { BudgetUnknownError, ProcessNotFoundError } from "../process-errors.ts";
import type { Budgets } from "../processes.ts";
import type { ProcessTable } from "../table/process-table.ts";
import { readAmounts } from "./amounts.ts";
import type { Ledger } from "./ledger.ts";

export class BudgetService implements Budgets {
  readonly #deps: { readonly table: ProcessTable; readonly ledger: Ledger; readonly guard: Guard };

  constructor(deps: { readonly table: ProcessTable; readonly ledger: Ledger; readonly guard: Guard }) {
    this.#deps = deps;
  }

  list(): readonly BudgetAccount[] {
    return this.#deps.ledger.list();
  }

  /** What is left for an account, of the units that are bounded for it. */
  remaining(account: BudgetAccountId): BudgetAmounts {
    return this.#deps.ledger.remaining(account);
  }

  of(process: ProcessRef<never>): BudgetAccount {
    const pid = pidOf(process);
    const entry = this.#deps.table.entry(pid);
    if (entry === undefined) throw new ProcessNotFoundError(`there is no process ${pid}`, { details: { pid } });
    const account = this.#deps.ledger.find(entry.account);
    if (account !== undefined) return account;
    throw unknown(entry.account, `the budget of process ${pid} was closed with it`);
  }

  async grant(
    process: ProcessRef<never>,
    given: BudgetAmounts,
    as: Subject = { kind: "kernel", id: "0" },
  ): Promise<BudgetAccount> {
    const more = readAmounts(given, "the grant");
    const { table, ledger, guard } = this.#deps;
    const entry = table.require(pidOf(process));
    const { pid, name, account } = entry;
    const above = table.entry(entry.parent ?? pidOf(0 as never))?.account;
    if (account === above) throw unknown(account, `process ${pid} has no budget of its own: it spends its parent's`);
    await guard.perform(
      {
        action: "budget.grant",
        ...askedBy(as),
        resource: `process:${pid}`,
        attributes: { pid, agent: name, account, ...more },
        summary: () => ({ account, owner: name }),
      },
      () => ledger.grant(account, more),
    );
    return this.of(pid as never);
  }
}

function unknown(account: BudgetAccountId, message: string): BudgetUnknownError {
  return new BudgetUnknownError(message, { details: { account } });
}
