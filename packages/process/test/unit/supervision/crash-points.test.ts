/** Two failures of one group, the second at every point of what the first one brings about: waits, stops, starts. */
import { defineAgent, type SupervisionStrategy } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { harness } from "../../harness.ts";

const NAMES = ["a", "b", "c"] as const;
const BACKOFF_MS = 100;
/** Points in time, and turns after each: more than a round of stops and starts takes. */
const TIMES_MS = [0, 100];
const TURNS = 16;

async function group(strategy: SupervisionStrategy) {
  const kernel = await harness();
  const starts: string[] = [];
  const fail = new Map<string, () => void>();
  const children = NAMES.map((name) => ({
    id: name,
    agent: defineAgent({
      name,
      run: ({ signal }) =>
        new Promise<void>((resolve, reject) => {
          starts.push(name);
          fail.set(name, () => reject(new Error("planned")));
          signal.addEventListener("abort", () => resolve(), { once: true });
        }),
    }),
    restart: { type: "permanent", maxRestarts: 9, backoffMs: BACKOFF_MS } as const,
  }));
  const handle = await kernel.process.supervise({ name: "group", strategy, children });
  return { kernel, handle, starts, fail };
}

/** Whom a strategy starts again when one fails. */
function concerned(strategy: SupervisionStrategy, failed: string): readonly string[] {
  if (strategy === "one-for-all") return NAMES;
  return strategy === "rest-for-one" ? NAMES.slice(NAMES.indexOf(failed as "a")) : [failed];
}

describe.each(["one-for-one", "one-for-all", "rest-for-one", "dynamic"] as const)("a group that is %s", (strategy) => {
  it.each(NAMES)("comes back whole and in order when another fails at any point after %s did", async (first) => {
    for (const second of NAMES) {
      for (const ms of TIMES_MS) {
        for (let turns = 0; turns < TURNS; turns += 1) {
          const { kernel, handle, starts, fail } = await group(strategy);
          const { clock } = kernel.platform;
          starts.length = 0;
          fail.get(first)?.();
          if (ms > 0) await clock.advance(ms);
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          fail.get(second)?.();
          for (let round = 0; round < 8; round += 1) await clock.advance(4 * BACKOFF_MS);
          const point = `${first}, then ${second} after ${ms} ms and ${turns} turns`;
          const rows = handle.children();
          expect([point, ...rows.map(({ id, state }) => `${id} ${state}`)]).toEqual([
            point,
            ...NAMES.map((name) => `${name} running`),
          ]);
          const live = kernel.process.list().filter(({ pid, state }) => pid !== 0 && state !== "exited");
          expect([point, live.length]).toEqual([point, 1 + NAMES.length]);
          // All whom the first failure concerns were started again, and nobody whom none concerns.
          const last = concerned(strategy, first);
          const all = new Set([...last, ...concerned(strategy, second)]);
          expect([point, last.filter((name) => !starts.includes(name))]).toEqual([point, []]);
          expect([point, starts.filter((name) => !all.has(name))]).toEqual([point, []]);
          const pids = rows.map(({ pid }) => pid ?? 0);
          const order =
            strategy === "one-for-all" || strategy === "rest-for-one" ? [...pids].sort((x, y) => x - y) : pids;
          expect([point, pids]).toEqual([point, order]);
          await kernel.shutdown();
          expect([point, kernel.router.mailboxes.size, clock.waiting]).toEqual([point, 0, 0]);
        }
      }
    }
  });
});
