import type { RecordedEvent, RecordedFilter } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { AccountsBefore, PATIENCE_MS } from "../../../src/effect/accounts-before.ts";
import { EffectLedger } from "../../../src/effect/effect-ledger.ts";
import { makePolicy, ZERO_EFFECT } from "../../../src/index.ts";
import { rule } from "../decision/subject-of-tests.ts";

const limit = rule("SUM", { condition: { accumulated: { over: { risk: 1 }, windowMs: 60_000 } } });
const event: RecordedEvent = {
  sequence: 1,
  time: 0,
  source: "kernel",
  kind: "demo.act",
  actor: { pid: 7 },
  payload: { account: "agent:tidy", verdict: "permit", effect: { ...ZERO_EFFECT, risk: 0.4 } },
} as never;

/** A chain that is read when the test says so. */
function slowChain() {
  const platform = memoryPlatform();
  const ledger = new EffectLedger();
  const before = new AccountsBefore();
  const logged: string[] = [];
  let go = (_error?: Error): void => undefined;
  const released = new Promise<void>((resolve, reject) => {
    go = (error) => (error === undefined ? resolve() : reject(error));
  });
  const reader = {
    async *events({ signal }: RecordedFilter = {}) {
      const ended = new Promise<never>((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
      await Promise.race([released, ended]);
      yield { ...event, time: platform.clock.now() };
    },
  };
  const start = new AbortController();
  const read = () =>
    before.read({
      ledger,
      reader,
      rules: makePolicy([limit]).rules,
      clock: platform.clock,
      logger: {
        info: (message: string) => void logged.push(`info ${message}`),
        error: (message: string) => void logged.push(`error ${message}`),
      },
      signal: start.signal,
    });
  const held = () => ledger.within("agent:tidy", 60_000, undefined, platform.clock.monotonic()).risk;
  return { platform, before, logged, go, start, read, held };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe("accounts of before a start", () => {
  it("are known where nothing is to be read, and where it was read in time", async () => {
    const { before, go, read, held, logged } = slowChain();
    expect(() => before.assertRead()).not.toThrow();
    go();
    expect(await read()).toBe(true);
    expect(() => before.assertRead()).not.toThrow();
    expect(held()).toBe(0.4);
    expect(logged).toEqual([]);
  });

  it("let a start go on that they would hold up, and are unknown until they are read", async () => {
    const { platform, before, go, read, held, logged } = slowChain();
    const inTime = read();
    await platform.clock.advance(PATIENCE_MS);
    expect(await inTime).toBe(false);
    expect(() => before.assertRead()).toThrow("not read yet");
    go();
    await turns();
    expect(() => before.assertRead()).not.toThrow();
    expect(held()).toBe(0.4);
    expect(logged).toEqual(["info what agents did before this start is read"]);
  });

  it("stay unknown when they cannot be read, which fails a start that waits for them", async () => {
    const waited = slowChain();
    waited.go(new Error("the disk is gone"));
    await expect(waited.read()).rejects.toThrow("the disk is gone");
    const late = slowChain();
    const inTime = late.read();
    await late.platform.clock.advance(PATIENCE_MS);
    expect(await inTime).toBe(false);
    late.go(new Error("the disk is gone"));
    await turns();
    expect(late.logged).toHaveLength(1);
    expect(late.logged[0]).toMatch(/^error .*refused$/);
    for (const { before } of [waited, late]) expect(() => before.assertRead()).toThrow("not read yet");
  });

  it("are read no further when the start is given up, or governance stops", async () => {
    const given = slowChain();
    const reading = given.read();
    given.start.abort(new Error("too late"));
    await expect(reading).rejects.toThrow("too late");
    const stopped = slowChain();
    const inTime = stopped.read();
    await stopped.platform.clock.advance(PATIENCE_MS);
    await inTime;
    await stopped.before.stop();
    expect(stopped.logged).toEqual([]);
    expect(stopped.held()).toBeUndefined();
  });
});
