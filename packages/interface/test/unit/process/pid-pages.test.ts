import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Pid, PidPages } from "../../../src/index.ts";

const pid = fc.oneof(fc.nat(300), fc.integer({ min: 2 ** 40, max: 2 ** 40 + 200 }));

describe("pages by PID", () => {
  it("hold what a map holds, by PID, whatever comes and goes", () => {
    const steps = fc.array(fc.record({ pid, set: fc.boolean() }), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (taken) => {
        const pages = new PidPages<{ readonly of: number }>();
        const model = new Map<number, { readonly of: number }>();
        for (const { pid: at, set } of taken) {
          const value = { of: at };
          if (set) {
            pages.set(at as Pid, value);
            model.set(at, value);
          } else {
            pages.delete(at as Pid);
            model.delete(at);
          }
          expect(pages.get(at as Pid)).toBe(model.get(at));
          expect(pages.size).toBe(model.size);
        }
        expect([...pages.values()]).toEqual(
          [...model].sort(([left], [right]) => left - right).map(([, value]) => value),
        );
      }),
    );
  });
});
