import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { type WorkFile, WorkLedger } from "../../../src/tour/fleet/work-ledger.ts";

function ledgerOf(...paths: string[]): WorkLedger {
  const ledger = new WorkLedger();
  for (const path of paths) ledger.add(path);
  ledger.complete();
  return ledger;
}

describe("WorkLedger", () => {
  it("lends each file to one reader at a time", () => {
    const ledger = ledgerOf("a", "b");
    expect(ledger.ask({ slot: 0, pid: 3 })?.path).toBe("a");
    expect(ledger.ask({ slot: 1, pid: 4 })?.path).toBe("b");
    expect(ledger.ask({ slot: 1, pid: 4 })?.path).toBe("b");
  });

  it("gives a dead reader's file to the process that comes after it", () => {
    const ledger = ledgerOf("a", "b");
    ledger.ask({ slot: 0, pid: 3 });
    expect(ledger.ask({ slot: 0, pid: 9 })?.path).toBe("a");
    expect(ledger.accept({ slot: 0, pid: 3 }, 0)).toBe(false);
    expect(ledger.accept({ slot: 0, pid: 9 }, 0)).toBe(true);
    expect(ledger.accept({ slot: 0, pid: 9 }, 0)).toBe(false);
    expect(ledger.done).toBe(1);
  });

  it("is not finished while the scan goes on, nor while a file is lent", () => {
    const ledger = new WorkLedger();
    expect(ledger.finished).toBe(false);
    ledger.add("a");
    ledger.ask({ slot: 0, pid: 1 });
    ledger.complete();
    expect(ledger.finished).toBe(false);
    ledger.accept({ slot: 0, pid: 1 }, 0);
    expect(ledger.finished).toBe(true);
  });

  it("has nothing to lend in an empty folder, and is finished with it", () => {
    const ledger = ledgerOf();
    expect(ledger.ask({ slot: 0, pid: 1 })).toBeUndefined();
    expect(ledger.finished).toBe(true);
  });

  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("work" as const), slot: fc.nat({ max: 2 }) }) },
    fc.record({ kind: fc.constant("die" as const), slot: fc.nat({ max: 2 }) }),
    fc.record({ kind: fc.constant("late" as const), slot: fc.nat({ max: 2 }) }),
    fc.record({ kind: fc.constant("find" as const), slot: fc.constant(0) }),
  );

  test.prop([fc.array(step, { maxLength: 120 })])(
    "takes every file exactly once, whichever readers die and when",
    (steps) => {
      const ledger = new WorkLedger();
      const pids = [100, 200, 300];
      const lent: ({ file: WorkFile; pid: number } | undefined)[] = [undefined, undefined, undefined];
      const stale: { slot: number; pid: number; id: number }[] = [];
      const accepted: number[] = [];
      const work = (slot: number): void => {
        const pid = pids[slot] ?? 0;
        const held = lent[slot];
        if (held !== undefined) {
          if (ledger.accept({ slot, pid }, held.file.id)) accepted.push(held.file.id);
          lent[slot] = undefined;
          return;
        }
        const file = ledger.ask({ slot, pid });
        lent[slot] = file === undefined ? undefined : { file, pid };
      };
      for (const { kind, slot } of steps) {
        if (kind === "find") ledger.add(`file ${ledger.added}`);
        else if (kind === "work") work(slot);
        else if (kind === "die") {
          const held = lent[slot];
          if (held !== undefined) stale.push({ slot, pid: held.pid, id: held.file.id });
          lent[slot] = undefined;
          pids[slot] = (pids[slot] ?? 0) + 1;
          ledger.ask({ slot, pid: pids[slot] ?? 0 });
          const file = ledger.ask({ slot, pid: pids[slot] ?? 0 });
          lent[slot] = file === undefined ? undefined : { file, pid: pids[slot] ?? 0 };
        } else {
          for (const { slot: place, pid, id } of stale) expect(ledger.accept({ slot: place, pid }, id)).toBe(false);
        }
      }
      ledger.complete();
      for (let rounds = 0; !ledger.finished && rounds < 1000; rounds += 1) work(rounds % 3);
      expect(ledger.finished).toBe(true);
      expect([...accepted].sort((left, right) => left - right)).toEqual([...Array(ledger.added).keys()]);
    },
  );
});
