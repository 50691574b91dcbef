/**
 * Charges what passes one process's context: messages and tool calls, against its limits and its budget. Messages are charged from
 * a part of the budget that was set aside before, so that one message need not wait for the disk: after a crash of the kernel, up
 * to that part (an eighth of what was free, at most 256) counts as spent.
 */
import type { BudgetAccountId, LimitName } from "@weftos/interface";
import { ProcessLimitError, ProcessNotAcceptingError } from "../process-errors.ts";
import type { Ledger } from "./ledger.ts";

const LARGEST_LEASE = 256;
/** What part of a limit is used when the agent is warned. */
export const WARN_AT = 0.8;

export type MeteredUnit = "messages" | "toolCalls";

/** What a meter asks of its kernel. */
export interface MeterInit {
  readonly pid: number;
  readonly account: BudgetAccountId;
  /** Most of each unit in this start; undefined: without limit. */
  readonly limits: { readonly [Unit in MeteredUnit]: number | undefined };
  readonly ledger: Ledger;
  readonly near: (limit: LimitName, used: number, max: number) => void;
  readonly over: (limit: LimitName) => void;
  /** What was charged could not be written at the end. */
  readonly failed: (error: unknown) => void;
}

interface Lease {
  readonly hold: string;
  readonly size: number;
  left: number;
}

export class Meter {
  readonly #init: MeterInit;
  readonly #used = { messages: 0, toolCalls: 0 };
  readonly #leases = new Map<MeteredUnit, Lease>();
  readonly #renewing = new Map<MeteredUnit, Promise<void>>();
  #closed = false;

  constructor(init: MeterInit) {
    this.#init = init;
  }

  /**
   * Charges one; undefined when that is done already.
   *
   * @throws PROCESS_LIMIT_EXCEEDED, and the process ends
   */
  charge(unit: MeteredUnit): Promise<void> | undefined {
    const { account, ledger } = this.#init;
    this.#count(unit);
    if (ledger.free(account, unit) === undefined) return undefined;
    const lease = this.#leases.get(unit);
    if (lease === undefined || lease.left === 0) return this.#chargeLater(unit);
    lease.left -= 1;
    return undefined;
  }

  /** The process has ended: what was set aside and not used goes back. */
  close(): void {
    this.#closed = true;
    for (const [unit, lease] of this.#leases) this.#settle(unit, lease).catch(this.#init.failed);
    this.#leases.clear();
  }

  #count(unit: MeteredUnit): void {
    const { limits, near, over, pid } = this.#init;
    const max = limits[unit];
    const used = this.#used[unit] + 1;
    if (max !== undefined && used > max) {
      over(unit);
      throw new ProcessLimitError(`process ${pid} may not use more than ${max} ${unit}, and is ended`, {
        details: { pid, limit: unit, max },
      });
    }
    this.#used[unit] = used;
    if (max !== undefined && used === Math.ceil(max * WARN_AT)) near(unit, used, max);
  }

  async #chargeLater(unit: MeteredUnit): Promise<void> {
    for (;;) {
      const lease = this.#leases.get(unit);
      if (lease !== undefined && lease.left > 0) {
        lease.left -= 1;
        return;
      }
      let renewing = this.#renewing.get(unit);
      if (renewing === undefined) {
        renewing = this.#renew(unit).finally(() => this.#renewing.delete(unit));
        this.#renewing.set(unit, renewing);
      }
      await renewing;
    }
  }

  /** @throws PROCESS_BUDGET_EXHAUSTED */
  async #renew(unit: MeteredUnit): Promise<void> {
    const { account, ledger } = this.#init;
    const old = this.#leases.get(unit);
    this.#leases.delete(unit);
    if (old !== undefined) await this.#settle(unit, old);
    const free = ledger.free(account, unit) ?? 0;
    const size = unit === "toolCalls" ? 1 : Math.min(LARGEST_LEASE, Math.max(1, Math.floor(free / 8)));
    const { id } = await ledger.reserve(account, { [unit]: size });
    const lease = { hold: id, size, left: size };
    if (!this.#closed) {
      this.#leases.set(unit, lease);
      return;
    }
    await ledger.settle(account, id, {});
    throw new ProcessNotAcceptingError(`process ${this.#init.pid} has ended`, { details: { phase: "exited" } });
  }

  async #settle(unit: MeteredUnit, { hold, size, left }: Lease): Promise<void> {
    await this.#init.ledger.settle(this.#init.account, hold, { [unit]: size - left });
  }
}
