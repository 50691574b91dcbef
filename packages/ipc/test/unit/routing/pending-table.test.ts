import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Numbered, PendingTable } from "../../../src/routing/pending-table.ts";

interface Item extends Numbered<Item> {}

describe("the table of what waits", () => {
  it("finds what a map would find, whatever comes and goes", () => {
    const steps = fc.array(fc.record({ add: fc.boolean(), number: fc.nat(4000) }), { maxLength: 3000 });
    fc.assert(
      fc.property(steps, (all) => {
        const table = new PendingTable<Item>();
        const model = new Map<number, Item>();
        for (const { add, number } of all) {
          const known = model.get(number);
          expect(table.find(number)).toBe(known);
          if (add && known === undefined) {
            const item: Item = { number, next: undefined };
            model.set(number, item);
            table.add(item);
          } else if (known !== undefined) {
            model.delete(number);
            expect(table.remove(known)).toBe(true);
            expect(table.remove(known)).toBe(false);
          }
          expect(table.size).toBe(model.size);
        }
        expect(new Set(table.all())).toEqual(new Set(model.values()));
      }),
      { numRuns: 30 },
    );
  });

  it("takes and gives back a hundred thousand", () => {
    const table = new PendingTable<Item>();
    const items = Array.from({ length: 100_000 }, (_, number): Item => ({ number: number * 7, next: undefined }));
    for (const item of items) table.add(item);
    expect(table.size).toBe(100_000);
    for (const item of items) expect(table.find(item.number)).toBe(item);
    for (const item of items) table.remove(item);
    expect([table.size, table.all()]).toEqual([0, []]);
  });
});
