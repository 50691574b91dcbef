/** What agents spend from: the account of each that has a budget of its own, and the meter of each start that something bounds. */
import type { BudgetAccountId, Logger } from "@weftos/interface";
import type { ProcessContext } from "../agent/process-context.ts";
import type { Ledger } from "../budget/ledger.ts";
import { Meter } from "../budget/meter.ts";
import { OpenBudgets } from "../budget/open-budgets.ts";
import type { LimitWatch } from "../limit/limit-watch.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { Child, Run } from "./child.ts";
import { killRun } from "./end-run.ts";

/** What spending asks of its kernel. */
export interface SpendingDeps {
  readonly ledger: Ledger;
  readonly limits: Pick<LimitWatch, "near">;
  readonly logger: Logger;
}

export class Spending {
  readonly #deps: SpendingDeps;
  readonly #budgets = new OpenBudgets((account) => this.#close(account));

  constructor(deps: SpendingDeps) {
    this.#deps = deps;
  }

  /** Sets aside what all starts of an agent may spend, out of the budget above it. */
  async open(child: Child, parent: ProcessEntry): Promise<void> {
    const { budget, name } = child.spec;
    if (budget === undefined) return;
    child.account ??= await this.#deps.ledger.open(parent.account, name, budget);
    this.#budgets.opened(child.account, parent.account);
  }

  /** An agent is over: its budget is closed as soon as nobody spends from it. */
  close(child: Child): void {
    const { account } = child;
    child.account = undefined;
    if (account !== undefined) this.#budgets.over(account);
  }

  /** A start begins, and spends from the account it has. */
  started({ account }: Run): void {
    this.#budgets.used(account);
  }

  /** A start has ended: what it set aside and did not settle is spent. */
  ended({ pid, account, context }: Run): void {
    context?.closeBudget().catch((error: unknown) => {
      this.#deps.logger.error("what a process set aside could not be settled on disk", {
        processId: pid,
        error: String(error),
      });
    });
    this.#budgets.left(account);
  }

  /** Charges what a start sends and calls, where something bounds it. */
  meter(run: Run, context: ProcessContext, { spec: { limits } }: Child): void {
    const { ledger, logger } = this.#deps;
    const { pid, account } = run;
    const bounds = { messages: limits.messages || undefined, toolCalls: limits.toolCalls || undefined };
    const bounded = ledger.free(account, "messages") ?? ledger.free(account, "toolCalls");
    if (bounds.messages === undefined && bounds.toolCalls === undefined && bounded === undefined) return;
    context.meter = new Meter({
      pid,
      account,
      limits: bounds,
      ledger,
      near: (limit, used, max) => this.#deps.limits.near(run, limit, used, max),
      over: (limit) => killRun(run, { kind: "limit", limit }, logger),
      failed: (error) =>
        logger.error("what a process used could not be charged", { processId: pid, error: String(error) }),
    });
  }

  #close(account: BudgetAccountId): void {
    this.#deps.ledger.close(account).catch((error: unknown) => {
      this.#deps.logger.error("a budget could not be closed on disk", { account, error: String(error) });
    });
  }
}
