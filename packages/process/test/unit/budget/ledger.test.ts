import type { BudgetHold, Files } from "@weftos/interface";
import { memoryPlatform, type TestPlatform } from "@weftos/testkit";
import { budgetFaults, budgetLedgerContract } from "@weftos/testkit/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ledger } from "../../../src/budget/ledger.ts";

async function started(platform: TestPlatform): Promise<Ledger> {
  await platform.files.makeFolder("/state/journal");
  const ledger = new Ledger();
  await ledger.start(platform, platform.files, "/state");
  return ledger;
}

budgetLedgerContract("process", {
  async create() {
    const platform = memoryPlatform();
    const ledger = await started(platform);
    return { ledger, crash: async () => await started(platform.crash()), dispose: async () => undefined };
  },
});

type Step =
  | { readonly do: "open"; readonly under: number; readonly tokens: number | undefined }
  | { readonly do: "spend" | "grant"; readonly on: number; readonly tokens: number }
  | { readonly do: "reserve"; readonly on: number; readonly tokens: number }
  | { readonly do: "settle"; readonly which: number; readonly tokens: number | undefined }
  | { readonly do: "close"; readonly on: number }
  | { readonly do: "end" };

const index = fc.integer({ min: 0, max: 5 });
const tokens = fc.integer({ min: 0, max: 40 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("open" as const), under: index, tokens: fc.option(tokens, { nil: undefined }) }),
  fc.record({ do: fc.constantFrom("spend" as const, "grant" as const), on: index, tokens }),
  fc.record({ do: fc.constant("reserve" as const), on: index, tokens }),
  fc.record({ do: fc.constant("settle" as const), which: index, tokens: fc.option(tokens, { nil: undefined }) }),
  fc.record({ do: fc.constant("close" as const), on: index }),
  fc.constant({ do: "end" as const }),
);

/** What a program did with one root of 100 tokens: what it knows to be spent there, and what may be. */
interface Done {
  certain: number;
  possible: number;
}

/** Runs steps that may fail, until the end or the crash. */
async function run(ledger: Ledger, root: number, steps: readonly Step[], done: Done): Promise<void> {
  const accounts = [root];
  const holds: { readonly hold: BudgetHold; readonly account: number; readonly tokens: number }[] = [];
  const at = (which: number): number => accounts[which % accounts.length] as number;
  for (const one of steps) {
    try {
      if (one.do === "open") {
        const grant = one.tokens === undefined ? {} : { tokens: one.tokens };
        accounts.push(await ledger.open(at(one.under), "x", grant));
      } else if (one.do === "spend") {
        const before = done.possible;
        done.possible += one.tokens;
        try {
          await ledger.spend(at(one.on), { tokens: one.tokens });
          done.certain += one.tokens;
        } catch (error) {
          done.possible = before;
          throw error;
        }
      } else if (one.do === "grant") await ledger.grant(at(one.on), { tokens: one.tokens });
      else if (one.do === "reserve") {
        const before = done.possible;
        done.possible += one.tokens;
        try {
          const account = at(one.on);
          holds.push({ hold: await ledger.reserve(account, { tokens: one.tokens }), account, tokens: one.tokens });
        } catch (error) {
          done.possible = before;
          throw error;
        }
      } else if (one.do === "settle") {
        const [open] = holds.splice(one.which % Math.max(holds.length, 1), 1);
        const actual = Math.min(one.tokens ?? 0, open?.tokens ?? 0);
        await open?.hold.settle({ tokens: actual });
        done.certain += open === undefined ? 0 : actual;
      } else if (one.do === "end") {
        // Who held all this has ended.
        for (const { hold, account, tokens } of holds.splice(0)) {
          await ledger.settleAll(account, [hold.id]);
          done.certain += tokens;
        }
      } else if (at(one.on) !== root) await ledger.close(at(one.on));
    } catch (error) {
      const { code } = error as { readonly code?: string };
      if (!["PROCESS_BUDGET_EXHAUSTED", "PROCESS_BUDGET_UNKNOWN", "PROCESS_INPUT_INVALID"].includes(code ?? ""))
        throw error;
    }
    expect(budgetFaults(ledger.list())).toEqual([]);
  }
}

describe("budgets", () => {
  it("lose and make nothing, wherever the kernel crashes: Σ children + own ≤ grant, and what was acknowledged is there", async () => {
    let crashes = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 14 }),
        fc.integer({ min: 0, max: 40 }),
        fc.integer(),
        async (steps, crashAt, seed) => {
          const platform = memoryPlatform({ seed });
          const ledger = await started(platform);
          const root = await ledger.open(0, "root", { tokens: 100 });
          const done: Done = { certain: 0, possible: 0 };
          let seen = 0;
          let left: { readonly files: Files; readonly done: Done } | undefined;
          platform.faults.watch(() => {
            if (seen === crashAt) left = { files: platform.faults.crash(platform.random), done: { ...done } };
            seen += 1;
          });
          await run(ledger, root, steps, done);
          platform.faults.watch(undefined);
          left ??= { files: platform.faults.crash(), done };
          if (seen > crashAt) crashes += 1;
          const next = await started(memoryPlatform({ files: left.files }));
          expect(budgetFaults(next.list())).toEqual([]);
          // Holds of the crash are spent; accounts below still hold what they were lent.
          const used = next.list().reduce((sum, { spent }) => sum + (spent.tokens ?? 0), 0);
          expect(used).toBeGreaterThanOrEqual(left.done.certain);
          expect(used).toBeLessThanOrEqual(Math.max(left.done.possible, left.done.certain));
          await next.closeLeft();
          expect(next.list()).toHaveLength(1);
        },
      ),
      { numRuns: 400 },
    );
    // Most runs really crash in the middle.
    expect(crashes).toBeGreaterThan(100);
  });

  it("go on after a disk that failed: what could not be written is put down with the next change", async () => {
    const platform = memoryPlatform();
    const ledger = await started(platform);
    const root = await ledger.open(0, "root", { tokens: 100 });
    platform.faults.failNext(({ operation }) => operation === "sync", "EIO");
    await expect(ledger.spend(root, { tokens: 10 })).rejects.toThrow();
    await Promise.all([
      ledger.spend(root, { tokens: 1 }),
      ledger.spend(root, { tokens: 2 }),
      ledger.spend(root, { tokens: 3 }),
    ]);
    const next = await started(platform.crash());
    // The one that failed counts as spent: nothing can be spent twice.
    expect(next.remaining(root)).toEqual({ tokens: 84 });
  });

  it("stay small on disk however much is spent", async () => {
    const platform = memoryPlatform();
    const ledger = await started(platform);
    const root = await ledger.open(0, "root", { tokens: 100_000 });
    for (let round = 0; round < 50; round += 1) {
      await Promise.all(Array.from({ length: 200 }, () => ledger.spend(root, { tokens: 1 })));
    }
    const { bytes } = { bytes: (await platform.files.read("/state/journal/budgets")).length };
    expect(bytes).toBeLessThan(250_000);
    expect((await started(platform.crash())).remaining(root)).toEqual({ tokens: 90_000 });
  });

  it("write nothing of what nothing bounds, so that the next kernel reads the journal", async () => {
    const platform = memoryPlatform();
    const ledger = await started(platform);
    const account = await ledger.open(0, "x", { tokens: 10 });
    for (const free of [0, account]) {
      await ledger.spend(free, { toolCalls: 5 });
      const hold = await ledger.reserve(free, { toolCalls: 5, messages: 0 });
      await hold.settle({ toolCalls: 3 });
      await hold.release();
    }
    const next = await started(platform.crash());
    expect(next.list()).toHaveLength(2);
    expect(next.remaining(account)).toEqual({ tokens: 10 });
  });

  it("keep at most 4096 holds of one account", async () => {
    const ledger = await started(memoryPlatform());
    const account = await ledger.open(0, "x", { tokens: 10_000 });
    const holds = await Promise.all(Array.from({ length: 4096 }, () => ledger.reserve(account, { tokens: 1 })));
    await expect(ledger.reserve(account, { tokens: 1 })).rejects.toMatchObject({ code: "PROCESS_INPUT_INVALID" });
    await holds[0]?.release();
    await ledger.reserve(account, { tokens: 1 });
  });

  it("refuse a journal that another program wrote, with the record", async () => {
    for (const text of ["nonsense", '["s",7,{"tokens":1}]', '["x",1]']) {
      const platform = memoryPlatform();
      await platform.files.makeFolder("/state/journal");
      const log = await platform.openAppendLog(platform.files, "/state/journal/budgets", { maxRecordBytes: 4096 });
      await log.append(new TextEncoder().encode(text));
      await log.close();
      await expect(started(platform)).rejects.toMatchObject({ code: "PROCESS_BUDGET_JOURNAL", details: { record: 0 } });
    }
  });
});
