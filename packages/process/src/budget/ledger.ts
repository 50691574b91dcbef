/**
 * The budgets of all agents. Checks and changes are one synchronous step, so that calls made together cannot spend the same twice;
 * then the change is written, and the caller waits for the disk. Who waits for a grant is served in the order of the calls.
 */
import type {
  BudgetAccount,
  BudgetAccountId,
  BudgetAmounts,
  BudgetHold,
  BudgetLedger,
  BudgetOptions,
  BudgetUnit,
  Files,
  Platform,
} from "@weftos/interface";
import { inputInvalid } from "../input-invalid.ts";
import { BudgetExhaustedError, BudgetUnknownError, ProcessNotAcceptingError } from "../process-errors.ts";
import { type Account, lacking } from "./account.ts";
import { entriesOf, readAmounts, type Tally, units } from "./amounts.ts";
import { Book, type Change, KERNEL_ACCOUNT } from "./book.ts";
import { BudgetJournal } from "./budget-journal.ts";

/** Calls that wait for a grant at once, of all agents. */
const MAX_WAITING = 4096;
/** Holds of one account that are not settled. */
const MAX_HOLDS = 4096;
/** Of what nothing bounds, nothing is set aside: to settle it does nothing. */
const nothingHeld: BudgetHold = { id: "0", settle: async () => undefined, release: async () => undefined };

interface Waiter {
  readonly account: BudgetAccountId;
  readonly amount: BudgetAmounts;
  readonly done: () => void;
  readonly failed: (reason: unknown) => void;
}

export class Ledger implements BudgetLedger {
  readonly #journal = new BudgetJournal();
  #book = new Book();
  /** Accounts of the last kernel whose agents have not come back. */
  readonly #left = new Set<BudgetAccountId>();
  readonly #waiting = new Set<Waiter>();

  /**
   * Reads what the last kernel left: what it had set aside and not settled is spent.
   *
   * @returns how many bytes of the journal's end were torn
   * @throws PROCESS_BUDGET_JOURNAL
   */
  async start(
    platform: Pick<Platform, "openAppendLog">,
    files: Files,
    dir: string,
  ): Promise<{ readonly droppedBytes: number }> {
    const book = await this.#journal.open(platform, files, dir);
    this.#book = book;
    const { droppedBytes } = this.#journal;
    for (const { id } of book.all()) if (id !== KERNEL_ACCOUNT) this.#left.add(id);
    await Promise.all(Array.from(book.all(), ({ id, holds }) => this.settleAll(id, holds.keys())));
    return { droppedBytes };
  }

  /** An agent of the last kernel is back with the account it had. @returns whether there is one */
  claim(account: BudgetAccountId): boolean {
    return this.#left.delete(account);
  }

  /** Closes the accounts of agents that did not come back. */
  async closeLeft(): Promise<void> {
    for (const account of this.#left) await this.close(account);
    this.#left.clear();
  }

  async stop(): Promise<void> {
    const gone = new ProcessNotAcceptingError("the kernel has shut down, so no grant comes", {
      details: { phase: "stopping" },
    });
    for (const { failed } of this.#waiting) failed(gone);
    this.#waiting.clear();
    await this.#journal.close();
  }

  async open(parent: BudgetAccountId, owner: string, given: BudgetAmounts): Promise<BudgetAccountId> {
    const grant = readAmounts(given, "the budget", true);
    const above = this.#account(parent);
    this.#assertFree(above, grant);
    const id = this.#book.next;
    try {
      await this.#change(["o", id, above.id, owner, grant]);
    } catch (error) {
      // Nobody has it: what the disk may hold of it is closed by the next write.
      this.#book.apply(["c", id]);
      throw error;
    }
    return id;
  }

  async grant(account: BudgetAccountId, given: BudgetAmounts): Promise<void> {
    const more = readAmounts(given, "the grant");
    const found = this.#account(account);
    for (const [unit, value] of entriesOf(more)) {
      const has = found.grant[unit];
      if (has !== undefined && !Number.isSafeInteger(has + value)) {
        throw inputInvalid("the grant", `a sum that a number holds exactly, which ${has} and ${value} have not`, more);
      }
      if (has === undefined) {
        throw inputInvalid("the grant", `units that the budget of ${found.owner} bounds, which ${unit} is not`, more);
      }
    }
    if (found.parent !== undefined) this.#assertFree(found.parent, more);
    await this.#change(["g", account, more]);
  }

  async close(account: BudgetAccountId): Promise<void> {
    if (account === KERNEL_ACCOUNT || this.#book.find(account) === undefined) return;
    await this.#change(["c", account]);
  }

  async spend(account: BudgetAccountId, given: BudgetAmounts, options: BudgetOptions = {}): Promise<void> {
    const amount = readAmounts(given, "the amount");
    while (this.#mustWait(account, amount, options)) await this.#wait(account, amount, options.signal);
    const bounded = this.#bounded(account, amount);
    // What nothing bounds is not written down either.
    if (entriesOf(bounded).length > 0) await this.#change(["s", account, bounded]);
  }

  async reserve(account: BudgetAccountId, given: BudgetAmounts, options: BudgetOptions = {}): Promise<BudgetHold> {
    const amount = readAmounts(given, "the amount");
    while (this.#mustWait(account, amount, options)) await this.#wait(account, amount, options.signal);
    const held = this.#bounded(account, amount);
    if (entriesOf(held).length === 0) return nothingHeld;
    const { holds } = this.#account(account);
    if (holds.size >= MAX_HOLDS) {
      throw inputInvalid("the holds", `at most ${MAX_HOLDS} of one budget that are not settled`, holds.size);
    }
    const id = String(this.#book.nextHold);
    await this.#change(["h", account, id, held]);
    return {
      id,
      settle: (actual) => this.settle(account, id, actual),
      release: () => this.settle(account, id, {}),
    };
  }

  /** Settles a hold; one that was settled already stays so. @throws PROCESS_BUDGET_EXHAUSTED */
  async settle(account: BudgetAccountId, hold: string, given?: BudgetAmounts): Promise<void> {
    const found = this.#account(account);
    const amount = found.holds.get(hold);
    if (amount === undefined) return;
    const actual = this.#bounded(account, given === undefined ? amount : readAmounts(given, "the amount"));
    const paid: Tally = { ...actual };
    let short: BudgetExhaustedError | undefined;
    for (const [unit, value] of entriesOf(actual)) {
      const most = (found.bounding(unit)?.free(unit) ?? 0) + (amount[unit] ?? 0);
      if (value <= most) continue;
      paid[unit] = most;
      short ??= exhausted(account, { unit, asked: value, free: most });
    }
    await this.#change(["e", account, hold, paid]);
    if (short !== undefined) throw short;
  }

  /** Settles holds whose holder has ended as spent; those that were settled already stay so. */
  async settleAll(account: BudgetAccountId, holds: Iterable<string>): Promise<void> {
    const settled: Change[] = [];
    for (const hold of holds) {
      const amount = this.#book.find(account)?.holds.get(hold);
      if (amount !== undefined) settled.push(["e", account, hold, amount]);
    }
    await Promise.all(settled.map((change) => this.#change(change)));
  }

  /** Tells whether something is set aside under a number. */
  holds(account: BudgetAccountId, hold: string): boolean {
    return this.#book.find(account)?.holds.has(hold) === true;
  }

  /** Takes what was used already, as far as there is any. @returns whether there was enough */
  charge(
    account: BudgetAccountId,
    unit: BudgetUnit,
    value: number,
  ): { readonly enough: boolean; readonly written: Promise<void> } {
    const found = this.#book.find(account);
    const bounding = found?.bounding(unit);
    // Of a budget that is closed nothing is left.
    if (bounding === undefined || value <= 0) return { enough: found !== undefined, written: Promise.resolve() };
    const free = bounding.free(unit);
    const taken = Math.min(value, free);
    const written = taken > 0 ? this.#change(["s", account, { [unit]: taken }]) : Promise.resolve();
    return { enough: value <= free, written };
  }

  /** How much of a unit is free for an account; undefined when nothing bounds it, 0 once it is closed. */
  free(account: BudgetAccountId, unit: BudgetUnit): number | undefined {
    const found = this.#book.find(account);
    return found === undefined ? 0 : found.bounding(unit)?.free(unit);
  }

  remaining(account: BudgetAccountId): BudgetAmounts {
    const left: Tally = {};
    for (const unit of units) {
      const free = this.#account(account).bounding(unit)?.free(unit);
      if (free !== undefined) left[unit] = free;
    }
    return left;
  }

  find(account: BudgetAccountId): BudgetAccount | undefined {
    return this.#book.find(account)?.snapshot();
  }

  list(): readonly BudgetAccount[] {
    return Array.from(this.#book.all(), (account) => account.snapshot());
  }

  #account(id: BudgetAccountId): Account {
    const account = this.#book.find(id);
    if (account !== undefined) return account;
    throw new BudgetUnknownError(`there is no budget ${id}: its agent has ended`, { details: { account: id } });
  }

  #assertFree(account: Account, amount: BudgetAmounts): void {
    const lack = lacking(account, amount);
    if (lack !== undefined) throw exhausted(account.id, lack);
  }

  /** What of an amount some account bounds; the rest is free. */
  #bounded(account: BudgetAccountId, amount: BudgetAmounts): BudgetAmounts {
    const found = this.#account(account);
    const bounded: Tally = {};
    for (const [unit, value] of entriesOf(amount)) if (found.bounding(unit) !== undefined) bounded[unit] = value;
    return bounded;
  }

  /** Tells whether to wait for room. Where it says no, the caller takes in the same turn, so that nobody takes it first. */
  #mustWait(account: BudgetAccountId, amount: BudgetAmounts, { onExhausted, signal }: BudgetOptions): boolean {
    signal?.throwIfAborted();
    const lack = lacking(this.#account(account), amount);
    if (lack === undefined) return false;
    if (onExhausted !== "wait" || this.#waiting.size >= MAX_WAITING) throw exhausted(account, lack);
    return true;
  }

  async #wait(account: BudgetAccountId, amount: BudgetAmounts, signal: AbortSignal | undefined): Promise<void> {
    let onAbort: (() => void) | undefined;
    let waiter: Waiter | undefined;
    try {
      await new Promise<void>((done, failed) => {
        waiter = { account, amount, done, failed };
        this.#waiting.add(waiter);
        onAbort = () => failed(signal?.reason);
        signal?.addEventListener("abort", onAbort, { once: true });
      });
    } finally {
      if (waiter !== undefined) this.#waiting.delete(waiter);
      if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
    }
  }

  async #change(change: Change): Promise<void> {
    this.#book.apply(change);
    if (change[0] !== "s" && change[0] !== "h" && change[0] !== "o") this.#serve();
    await this.#journal.write(change);
  }

  /** Wakes the first of those that wait for whom there is room by now; who wakes asks again. */
  #serve(): void {
    for (const waiter of this.#waiting) {
      const account = this.#book.find(waiter.account);
      if (account === undefined) {
        this.#waiting.delete(waiter);
        const { account: id } = waiter;
        waiter.failed(new BudgetUnknownError(`the budget ${id} was closed meanwhile`, { details: { account: id } }));
      } else if (lacking(account, waiter.amount) === undefined) {
        this.#waiting.delete(waiter);
        waiter.done();
      }
    }
  }
}

function exhausted(
  account: BudgetAccountId,
  { unit, asked, free }: { readonly unit: BudgetUnit; readonly asked: number; readonly free: number },
): BudgetExhaustedError {
  return new BudgetExhaustedError(`the budget has ${free} ${unit} left, and ${asked} were asked for`, {
    details: { account, unit, asked, free },
    retryable: true,
  });
}
