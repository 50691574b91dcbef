import type { Pid, ProcessState } from "@weftos/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProcessTable } from "../../../src/table/process-table.ts";
import { isLegalTransition } from "../../../src/table/transitions.ts";
import { entryOf } from "../../table-entry.ts";

const states: readonly ProcessState[] = ["starting", "running", "suspended", "stopping", "exited"];
const table = (maxLive = 10, maxExited = 3) => new ProcessTable({ maxLive, maxExited }, 0, () => undefined);

describe("states", () => {
  it("knows exactly the legal transitions", () => {
    const legal = states.flatMap((from) =>
      states.filter((to) => isLegalTransition(from, to)).map((to) => `${from}-${to}`),
    );
    expect(legal).toEqual([
      "starting-running",
      "starting-exited",
      "running-suspended",
      "running-stopping",
      "running-exited",
      "suspended-running",
      "suspended-stopping",
      "suspended-exited",
      "stopping-exited",
    ]);
  });

  it("refuses an illegal transition and names both states", () => {
    const processes = table();
    const made = processes.insert(entryOf(1));
    expect(() => processes.transition(made, "stopping")).toThrow(
      expect.objectContaining({ code: "PROCESS_STATE", details: { pid: 1, from: "starting", to: "stopping" } }),
    );
    expect(processes.state(1 as Pid)).toBe("starting");
  });

  it("says what a process does and waits for, and nothing of one that has exited", () => {
    const processes = table();
    const made = processes.insert(entryOf(1));
    expect(processes.find(1 as Pid)?.activity).toEqual({ kind: "busy" });
    const over = made.waiting("approval");
    expect(processes.find(1 as Pid)?.activity).toEqual({ kind: "waiting", on: "approval" });
    const overToo = made.waiting("approval");
    over();
    expect(processes.find(1 as Pid)?.activity).toEqual({ kind: "waiting", on: "approval" });
    overToo();
    expect(processes.find(1 as Pid)?.activity).toEqual({ kind: "busy" });
    made.hungMs = 1500;
    expect(processes.find(1 as Pid)?.activity).toEqual({ kind: "hung", forMs: 1500 });
    processes.exit(made, { kind: "limit", limit: "memory" });
    expect(made.hungMs).toBeUndefined();
    expect(processes.find(1 as Pid)).toMatchObject({ activity: undefined, exit: { kind: "limit", limit: "memory" } });
  });

  it("follows a model through any sequence of operations", () => {
    const operation = fc.oneof(
      fc.record({ do: fc.constant("insert" as const) }),
      fc.record({
        do: fc.constant("move" as const),
        pid: fc.integer({ min: 1, max: 12 }),
        to: fc.constantFrom(...states),
      }),
      fc.record({ do: fc.constant("reap" as const), pid: fc.integer({ min: 1, max: 12 }) }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
        const processes = table(4, 3);
        const model = new Map<number, ProcessState>();
        let exited: number[] = [];
        let next = 1;
        for (const given of operations) {
          if (given.do === "insert") {
            if (model.size - exited.length < 4) {
              processes.insert(entryOf(next));
              model.set(next, "starting");
            } else
              expect(() => processes.insert(entryOf(next))).toThrow(
                expect.objectContaining({ code: "PROCESS_TABLE_FULL" }),
              );
            next += 1;
          } else if (given.do === "reap") {
            const state = model.get(given.pid);
            if (state === "exited") {
              processes.reap(given.pid as Pid);
              model.delete(given.pid);
              exited = exited.filter((pid) => pid !== given.pid);
            } else {
              const code = state === undefined ? "PROCESS_NOT_FOUND" : "PROCESS_STATE";
              expect(() => processes.reap(given.pid as Pid)).toThrow(expect.objectContaining({ code }));
            }
          } else {
            const found = processes.entry(given.pid as Pid);
            const from = model.get(given.pid);
            expect(found?.state).toBe(from);
            if (found === undefined || from === undefined) continue;
            const move = (): void =>
              given.to === "exited" ? processes.exit(found, { kind: "normal" }) : processes.transition(found, given.to);
            if (!isLegalTransition(from, given.to)) {
              expect(move).toThrow(expect.objectContaining({ code: "PROCESS_STATE" }));
              continue;
            }
            move();
            model.set(given.pid, given.to);
            if (given.to !== "exited") continue;
            exited.push(given.pid);
            if (exited.length > 3) model.delete(exited.shift()!);
          }
          const shown = processes.list().map(({ pid, state }) => [pid as number, state]);
          expect(new Map(shown as [number, ProcessState][])).toEqual(new Map([[0, "running"], ...model]));
          expect(processes.live).toBe(model.size - exited.length);
        }
      }),
    );
  });
});

describe("bounds", () => {
  it("counts only live processes towards the maximum", () => {
    const processes = table(2);
    for (let pid = 1; pid <= 20; pid += 1) processes.exit(processes.insert(entryOf(pid)), { kind: "normal" });
    processes.insert(entryOf(21));
    processes.insert(entryOf(22));
    expect(() => processes.insert(entryOf(23))).toThrow(
      expect.objectContaining({ code: "PROCESS_TABLE_FULL", retryable: true }),
    );
  });

  it("drops the oldest exited entry beyond the bound", () => {
    const processes = table(10, 3);
    for (let pid = 1; pid <= 5; pid += 1) processes.exit(processes.insert(entryOf(pid)), { kind: "normal" });
    expect(processes.list().map(({ pid }) => pid)).toEqual([0, 3, 4, 5]);
    expect(processes.reap().map(({ pid }) => pid)).toEqual([3, 4, 5]);
    expect(processes.byId("4")).toBeUndefined();
  });

  it("protects the kernel and knows it as always running", () => {
    const processes = table();
    expect(processes.find(0 as Pid)).toMatchObject({ pid: 0, name: "kernel", state: "running" });
    expect(() => processes.require(0 as Pid)).toThrow(expect.objectContaining({ code: "PROCESS_PROTECTED" }));
    expect(() => processes.require(7 as Pid)).toThrow(expect.objectContaining({ code: "PROCESS_NOT_FOUND" }));
  });
});
