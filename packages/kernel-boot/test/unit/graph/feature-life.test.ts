import { fc, test as property } from "@fast-check/vitest";
import type { Logger } from "@weftos/interface";
import { type ManualClock, manualClock } from "@weftos/testkit";
import { describe, expect, test } from "vitest";
import { type LiveFeature, startFeatures, stopFeatures } from "../../../src/graph/feature-life.ts";
import { BootTimer } from "../../../src/log/boot-tree.ts";
import { deferred } from "../../fake-features.ts";

const silent: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  enabled: () => false,
};

function life(clock: ManualClock = manualClock()) {
  const running = new Set<string>();
  const trail: string[] = [];
  const feature = (name: string, over: Partial<LiveFeature["instance"]> = {}): LiveFeature => ({
    name,
    instance: {
      api: undefined,
      provisions: [],
      methods: [],
      start: async () => {
        trail.push(`start ${name}`);
        running.add(name);
      },
      stop: async () => {
        trail.push(`stop ${name}`);
        running.delete(name);
      },
      ...over,
    },
  });
  const deps = {
    clock,
    logger: silent,
    timeoutMs: 100,
    stopTimeoutMs: 50,
    steps: new BootTimer(() => clock.monotonic()).step("start"),
    onStarted: (name: string) => void trail.push(`ready ${name}`),
    onStopping: () => undefined,
  };
  return { clock, running, trail, feature, deps };
}

const chainOf = (...names: string[]): Map<string, Set<string>> =>
  new Map(names.map((name, at) => [name, new Set(at === 0 ? [] : [names[at - 1] as string])]));

describe("starting features", () => {
  test("starts independent ones together and dependent ones after the ready mark of what they need", async () => {
    const { feature, deps, trail } = life();
    const gate = deferred<void>();
    const slow = feature("slow", { start: () => gate.promise });
    const after = new Map([
      ["slow", new Set<string>()],
      ["quick", new Set<string>()],
      ["last", new Set(["slow", "quick"])],
    ]);
    const started = startFeatures([slow, feature("quick"), feature("last")], after, deps);
    await deps.clock.settle();
    expect(trail).toEqual(["start quick", "ready quick"]);
    gate.resolve();
    expect((await started).map((one) => one.name)).toEqual(["slow", "quick", "last"]);
    expect(trail).toEqual(["start quick", "ready quick", "ready slow", "start last", "ready last"]);
  });

  test("a failure names feature and cause, and stops the begun ones in reverse, the failed one included", async () => {
    const { feature, deps, trail, running } = life();
    const broken = feature("c", { start: () => Promise.reject(new Error("no disk")) });
    const failure = await startFeatures([feature("a"), feature("b"), broken], chainOf("a", "b", "c"), deps).catch(
      (e) => e,
    );
    expect(failure).toMatchObject({ code: "KERNEL_START_FAILED", details: { feature: "c", step: "start" } });
    expect(failure.message).toContain("no disk");
    expect(trail.filter((one) => one.startsWith("stop"))).toEqual(["stop c", "stop b", "stop a"]);
    expect(running).toEqual(new Set());
    expect(failure.details.rollback.map((one: { outcome: string }) => one.outcome)).toEqual([
      "stopped",
      "stopped",
      "stopped",
    ]);
  });

  test("a start that hangs times out, hears its signal and is stopped", async () => {
    const { feature, deps, clock, trail } = life();
    let heard: unknown;
    const hung = feature("hung", {
      start: (signal) =>
        new Promise(() =>
          signal.addEventListener("abort", () => {
            heard = signal.reason;
          }),
        ),
    });
    const failure = startFeatures([feature("a"), hung], chainOf("a", "hung"), deps).catch((e) => e);
    await clock.advance(100);
    expect(await failure).toMatchObject({ code: "KERNEL_START_TIMEOUT", details: { feature: "hung", timeoutMs: 100 } });
    expect(heard).toBeInstanceOf(DOMException);
    expect(trail).toEqual(["start a", "ready a", "stop hung", "stop a"]);
  });

  test("one failure aborts the others that are starting and waits for them", async () => {
    const { feature, deps } = life();
    const stopped: string[] = [];
    const other = feature("other", {
      start: (signal) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      stop: async () => void stopped.push("other"),
    });
    const broken = feature("broken", { start: () => Promise.reject(new Error("first")) });
    const after = new Map([
      ["other", new Set<string>()],
      ["broken", new Set<string>()],
    ]);
    await expect(startFeatures([other, broken], after, deps)).rejects.toMatchObject({ details: { feature: "broken" } });
    expect(stopped).toEqual(["other"]);
  });

  property.prop([
    fc.integer({ min: 1, max: 10 }),
    fc.nat(),
    fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { maxLength: 10 }),
  ])(
    "whichever feature fails, nothing runs afterwards and nothing that needs it has started",
    async (count, which, edges) => {
      const { feature, deps, running, trail } = life();
      const failing = which % count;
      const names = [...Array(count).keys()].map((at) => `f${at}`);
      const after = new Map(
        names.map((name, at) => [name, new Set((edges[at] ?? []).filter((to) => to < at).map((to) => `f${to}`))]),
      );
      const features = names.map((name, at) =>
        at === failing
          ? feature(name, {
              start: async () => {
                running.add(name);
                throw new Error("planned");
              },
            })
          : feature(name),
      );
      await expect(startFeatures(features, after, deps)).rejects.toMatchObject({ details: { feature: `f${failing}` } });
      expect(running).toEqual(new Set());
      for (const [name, before] of after) if (before.has(`f${failing}`)) expect(trail).not.toContain(`start ${name}`);
      const starts = trail.filter((one) => one.startsWith("ready")).map((one) => one.slice(6));
      const stops = trail.filter((one) => one.startsWith("stop")).map((one) => one.slice(5));
      for (const [name, before] of after) {
        for (const needed of before) {
          if (stops.includes(name) && starts.includes(needed))
            expect(stops.indexOf(name)).toBeLessThan(stops.indexOf(needed));
        }
      }
    },
  );
});

describe("stopping features", () => {
  test("reports one that fails and one that hangs, and stops the rest", async () => {
    const { feature, deps, clock, trail } = life();
    const features = [
      feature("a"),
      feature("bad", { stop: () => Promise.reject(new Error("stuck file")) }),
      feature("hung", { stop: () => new Promise(() => undefined) }),
    ];
    const results = stopFeatures(features, deps);
    await clock.advance(100);
    expect(await results).toEqual([
      { feature: "hung", outcome: "timed-out", ms: 100, error: undefined },
      { feature: "bad", outcome: "failed", ms: 0, error: "stuck file" },
      { feature: "a", outcome: "stopped", ms: 0, error: undefined },
    ]);
    expect(trail).toEqual(["stop a"]);
  });
});
