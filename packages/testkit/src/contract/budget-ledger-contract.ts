/** What every `BudgetLedger` keeps to. */
import type { BudgetAccount, BudgetLedger, BudgetUnit } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A place for one ledger. */
export interface BudgetLedgerCase {
  readonly ledger: BudgetLedger;
  /** Loses the ledger as a crash does, and gives the one that the next program finds. */
  crash(): Promise<BudgetLedger>;
  dispose(): Promise<void>;
}

const units: readonly BudgetUnit[] = ["tokens", "moneyMicros", "toolCalls", "messages", "cpuMs"];
const exhausted = { code: "PROCESS_BUDGET_EXHAUSTED" };
const unknown = { code: "PROCESS_BUDGET_UNKNOWN" };

/** Gives what is wrong with a ledger's accounts; nothing when each keeps within its grant and lends what those below were given. */
export function budgetFaults(accounts: readonly BudgetAccount[]): readonly string[] {
  const byId = new Map(accounts.map((account) => [account.id, account]));
  const lent = new Map<string, number>();
  for (const account of accounts) {
    for (const unit of units) {
      const given = account.grant[unit];
      if (given === undefined) continue;
      let above = account.parent === undefined ? undefined : byId.get(account.parent);
      while (above !== undefined && above.grant[unit] === undefined) {
        above = above.parent === undefined ? undefined : byId.get(above.parent);
      }
      if (above !== undefined) lent.set(`${above.id} ${unit}`, (lent.get(`${above.id} ${unit}`) ?? 0) + given);
    }
  }
  return accounts.flatMap((account) =>
    units.flatMap((unit) => {
      const { grant, spent, held } = account;
      const out = lent.get(`${account.id} ${unit}`) ?? 0;
      const used = (spent[unit] ?? 0) + (held[unit] ?? 0) + out;
      const faults =
        out === (account.lent[unit] ?? 0) ? [] : [`${account.id} lends ${account.lent[unit]} ${unit}, not ${out}`];
      if (grant[unit] !== undefined && used > grant[unit])
        faults.push(`${account.id} used ${used} of ${grant[unit]} ${unit}`);
      if ([spent, held].some((tally) => (tally[unit] ?? 0) < 0)) faults.push(`${account.id} is below 0`);
      return faults;
    }),
  );
}

/** Declares the suite for one implementation of `BudgetLedger`. */
export function budgetLedgerContract(name: string, implementation: { create(): Promise<BudgetLedgerCase> }): void {
  describe(`${name} keeps the contract of BudgetLedger`, () => {
    let subject: BudgetLedgerCase;
    let ledger: BudgetLedger;

    beforeEach(async () => {
      subject = await implementation.create();
      ledger = subject.ledger;
    });
    afterEach(async () => {
      expect(budgetFaults(ledger.list())).toEqual([]);
      await subject.dispose();
    });

    it("sets a grant aside above, and gives back what was not spent", async () => {
      const parent = await ledger.open(0, "parent", { tokens: 100 });
      const child = await ledger.open(parent, "child", { tokens: 60 });
      expect(ledger.remaining(parent)).toEqual({ tokens: 40 });
      await ledger.spend(child, { tokens: 25 });
      await ledger.close(child);
      expect(ledger.remaining(parent)).toEqual({ tokens: 75 });
      expect(ledger.find(parent)).toMatchObject({ spent: { tokens: 25 }, grant: { tokens: 100 } });
      expect(ledger.find(child)).toBeUndefined();
    });

    it("refuses what is not there and takes nothing then, of any unit", async () => {
      const account = await ledger.open(0, "a", { tokens: 10, moneyMicros: 5 });
      await expect(ledger.spend(account, { tokens: 1, moneyMicros: 6 })).rejects.toMatchObject(exhausted);
      await expect(ledger.open(account, "b", { tokens: 11 })).rejects.toMatchObject(exhausted);
      await expect(ledger.reserve(account, { tokens: 11 })).rejects.toMatchObject(exhausted);
      expect(ledger.remaining(account)).toEqual({ tokens: 10, moneyMicros: 5 });
    });

    it("gives the same to one only of those that ask together", async () => {
      const account = await ledger.open(0, "a", { tokens: 10 });
      const tries = await Promise.allSettled(Array.from({ length: 5 }, () => ledger.spend(account, { tokens: 4 })));
      expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
      expect(ledger.remaining(account)).toEqual({ tokens: 2 });
    });

    it("bounds an account without a grant of a unit by those above", async () => {
      const parent = await ledger.open(0, "parent", { tokens: 10 });
      const child = await ledger.open(parent, "child", { messages: 1 });
      await ledger.spend(child, { tokens: 4 });
      expect(ledger.remaining(child)).toEqual({ tokens: 6, messages: 1 });
      expect(ledger.find(parent)?.spent).toEqual({ tokens: 4 });
      const free = await ledger.open(0, "free", {});
      await ledger.spend(free, { tokens: 1_000_000 });
      expect(ledger.remaining(free)).toEqual({});
    });

    it("settles a hold for what was used, for more as far as there is any, and only once", async () => {
      const account = await ledger.open(0, "a", { tokens: 10 });
      const hold = await ledger.reserve(account, { tokens: 6 });
      expect(ledger.remaining(account)).toEqual({ tokens: 4 });
      await hold.settle({ tokens: 2 });
      await hold.settle({ tokens: 6 });
      await hold.release();
      expect(ledger.remaining(account)).toEqual({ tokens: 8 });
      const more = await ledger.reserve(account, { tokens: 3 });
      await more.settle({ tokens: 5 });
      expect(ledger.remaining(account)).toEqual({ tokens: 3 });
      const most = await ledger.reserve(account, { tokens: 1 });
      await expect(most.settle({ tokens: 9 })).rejects.toMatchObject(exhausted);
      expect(ledger.remaining(account)).toEqual({ tokens: 0 });
    });

    it("grants more out of what is above, and to nobody else", async () => {
      const parent = await ledger.open(0, "parent", { tokens: 10 });
      const child = await ledger.open(parent, "child", { tokens: 4 });
      await ledger.grant(child, { tokens: 5 });
      expect([ledger.remaining(parent), ledger.remaining(child)]).toEqual([{ tokens: 1 }, { tokens: 9 }]);
      await expect(ledger.grant(child, { tokens: 2 })).rejects.toMatchObject(exhausted);
      await expect(ledger.grant(child, { messages: 2 })).rejects.toMatchObject({ code: "PROCESS_INPUT_INVALID" });
    });

    it("lets wait for a grant, until it comes, the signal aborts or the account is closed", async () => {
      const account = await ledger.open(0, "a", { tokens: 1 });
      const waits = ledger.spend(account, { tokens: 3 }, { onExhausted: "wait" });
      await ledger.grant(account, { tokens: 2 });
      await waits;
      expect(ledger.remaining(account)).toEqual({ tokens: 0 });
      const giving = new AbortController();
      const given = ledger.reserve(account, { tokens: 1 }, { onExhausted: "wait", signal: giving.signal });
      giving.abort(new Error("enough"));
      await expect(given).rejects.toThrow("enough");
      const closed = ledger.spend(account, { tokens: 1 }, { onExhausted: "wait" });
      const refused = expect(closed).rejects.toMatchObject(unknown);
      await ledger.close(account);
      await refused;
    });

    it("closes what is below, counts open holds as spent, and knows a closed account no more", async () => {
      const parent = await ledger.open(0, "parent", { tokens: 100 });
      const child = await ledger.open(parent, "child", { tokens: 50 });
      const grandchild = await ledger.open(child, "grandchild", { tokens: 20 });
      await ledger.reserve(grandchild, { tokens: 7 });
      await ledger.spend(child, { tokens: 3 });
      await ledger.close(child);
      await ledger.close(child);
      expect(ledger.remaining(parent)).toEqual({ tokens: 90 });
      await expect(ledger.spend(grandchild, { tokens: 1 })).rejects.toMatchObject(unknown);
    });

    it("takes whole numbers only", async () => {
      const account = await ledger.open(0, "a", { moneyMicros: 10 });
      for (const moneyMicros of [0.5, -1, Number.NaN, "3"] as number[]) {
        await expect(ledger.spend(account, { moneyMicros })).rejects.toMatchObject({ code: "PROCESS_INPUT_INVALID" });
      }
      expect(ledger.remaining(account)).toEqual({ moneyMicros: 10 });
    });

    it("is after a crash as it was, but that open holds are spent", async () => {
      const parent = await ledger.open(0, "parent", { tokens: 100, moneyMicros: 1_000_000 });
      const child = await ledger.open(parent, "child", { tokens: 40 });
      await ledger.spend(child, { tokens: 5, moneyMicros: 250_001 });
      await ledger.reserve(child, { tokens: 6 });
      const settled = await ledger.reserve(parent, { tokens: 10 });
      await settled.settle({ tokens: 1 });
      ledger = await subject.crash();
      expect(ledger.remaining(child)).toEqual({ tokens: 29, moneyMicros: 749_999 });
      expect(ledger.remaining(parent)).toEqual({ tokens: 59, moneyMicros: 749_999 });
      expect(ledger.find(child)).toMatchObject({ spent: { tokens: 11 }, held: { tokens: 0 }, owner: "child" });
      const next = await ledger.open(parent, "next", { tokens: 1 });
      expect([parent, child]).not.toContain(next);
    });
  });
}
