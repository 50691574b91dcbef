import {
  defineAction,
  environmentInForce,
  type Feature,
  type FeatureContext,
  type KernelState,
  methodTable,
  type Port,
} from "@weftos/interface";
import { z } from "@weftos/schema";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, expectTypeOf, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { bootLogText, createKernelFactory, Kernel, kernelConfigSchema, renderBootTree } from "../../src/index.ts";
import { VERSION } from "../../src/version.ts";
import { deferred, fakeFeature, guardFeatures, permit, recordedAudit } from "../fake-features.ts";

const store: Port<string, "one"> = { name: "Store", arity: "one" };
const voice: Port<{ say(): string }, "one"> = { name: "Voice", arity: "one" };

describe("Kernel.boot", () => {
  test("runs without any feature, and its boot log says what is missing", async () => {
    const kernel = await Kernel.boot({ platform: memoryPlatform() });
    expect(kernel.state).toBe("running");
    const log = bootLogText(kernel.logs.tail());
    for (const part of [
      "[INIT      ] WeftOS",
      "PID 0",
      "everything is in memory",
      "no feature keeps an audit log",
      "no feature decides",
      "boot complete",
    ]) {
      expect(log).toContain(part);
    }
    expect(kernel.version).toBe(manifest.version);
    expect(VERSION).toBe(manifest.version);
    expect(kernel.memoryAudit?.tail().map((event) => event.kind)).toEqual(["kernel.boot"]);
    expect((await kernel.shutdown()).clean).toBe(true);
    expect(kernel.memoryAudit?.tail().map((event) => event.kind)).toEqual(["kernel.boot", "kernel.shutdown"]);
  });

  test("goes booting → running → shutting-down → halted, and tells each change", async () => {
    const states: [KernelState, KernelState][] = [];
    const kernel = await Kernel.boot({
      platform: memoryPlatform(),
      onStateChanged: ({ from, to }) => states.push([from, to]),
    });
    await kernel.shutdown();
    expect(states).toEqual([
      ["booting", "running"],
      ["running", "shutting-down"],
      ["shutting-down", "halted"],
    ]);
  });

  test("creates and starts in the order of needs, and stops in reverse", async () => {
    const trail: string[] = [];
    const told = (name: string) => ({
      name,
      onCreate: () => void trail.push(`create ${name}`),
      start: async () => void trail.push(`start ${name}`),
      stop: async () => void trail.push(`stop ${name}`),
    });
    const kernel = await Kernel.boot({
      platform: memoryPlatform(),
      features: [fakeFeature({ ...told("user"), needs: [store] }), fakeFeature({ ...told("disk"), provides: [store] })],
    });
    expect(kernel.featureNames).toEqual(["disk", "user"]);
    const report = await kernel.shutdown();
    expect(trail).toEqual(["create disk", "create user", "start disk", "start user", "stop user", "stop disk"]);
    expect(report.features.map(({ feature, outcome }) => [feature, outcome])).toEqual([
      ["user", "stopped"],
      ["disk", "stopped"],
    ]);
  });

  test("lets features take up their work when all have started, waits for none, and logs a failure", async () => {
    const trail: string[] = [];
    const told = (name: string, ready: () => Promise<void>) =>
      fakeFeature({
        name,
        start: async () => void trail.push(`start ${name}`),
        ready: async () => {
          trail.push(`ready ${name}`);
          await ready();
        },
      });
    const kernel = await Kernel.boot({
      platform: memoryPlatform(),
      features: [
        told("slow", () => new Promise(() => undefined)),
        told("bad", () => Promise.reject(new Error("oops"))),
      ],
    });
    expect(trail).toEqual(["start slow", "start bad", "ready slow", "ready bad"]);
    await Promise.resolve();
    expect(bootLogText(kernel.logs.tail())).toContain("bad could not take up its work: oops");
    await kernel.shutdown();
  });

  test("takes up nothing when it is told not to", async () => {
    const trail: string[] = [];
    const feature = fakeFeature({ name: "worker", ready: async () => void trail.push("ready") });
    const kernel = await Kernel.boot({ platform: memoryPlatform(), features: [feature], takeUpWork: false });
    expect([kernel.state, trail]).toEqual(["running", []]);
    await kernel.shutdown();
  });

  test("gives each feature's API as a typed property", async () => {
    const api = { hello: () => "hi" };
    const kernel = await Kernel.boot({ platform: memoryPlatform(), features: [fakeFeature({ name: "mesh", api })] });
    expectTypeOf(kernel.mesh.hello).toEqualTypeOf<() => string>();
    expect(kernel.mesh.hello()).toBe("hi");
    // @ts-expect-error a feature that is not in the list is no property
    expect(kernel.wasm).toBeUndefined();
    await kernel.shutdown();
  });

  test("replaces a default feature that is named again", async () => {
    const Preset = createKernelFactory(() => [
      fakeFeature({ name: "a", api: 1 }),
      fakeFeature({ name: "b", api: "default" }),
    ]);
    const kernel = await Preset.boot({ platform: memoryPlatform(), features: [fakeFeature({ name: "b", api: true })] });
    expectTypeOf(kernel.a).toEqualTypeOf<number>();
    expectTypeOf(kernel.b).toEqualTypeOf<boolean>();
    expect([kernel.a, kernel.b]).toEqual([1, true]);
    await kernel.shutdown();
  });

  test("types the defaults also when the features given are known only at run time", async () => {
    const Preset = createKernelFactory(() => [fakeFeature({ name: "a", api: 1 })]);
    const given: readonly Feature[] = [fakeFeature({ name: "b" })];
    const kernel = await Preset.boot({ platform: memoryPlatform(), features: given });
    expectTypeOf(kernel.a).toEqualTypeOf<number>();
    // @ts-expect-error what nobody named is no property
    expect(kernel.c).toBeUndefined();
    await kernel.shutdown();
  });

  test("refuses signals where there are none", async () => {
    const platform = { ...memoryPlatform(), name: "browser" } as const;
    for (const asked of [{ signals: true }, { surviveUnhandled: true }]) {
      await expect(Kernel.boot({ platform, ...asked })).rejects.toMatchObject({ code: "KERNEL_OPTION_INVALID" });
    }
  });

  test("binds uses late: a call before the provider runs is PORT_NOT_READY", async () => {
    let call: () => { say(): string } = () => ({ say: () => "" });
    const codes: unknown[] = [];
    const attempt = (): void => {
      try {
        call().say();
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
    };
    const kernel = await Kernel.boot({
      platform: memoryPlatform(),
      features: [
        fakeFeature({
          name: "early",
          uses: [voice],
          onCreate: (context) => {
            call = context.use(voice);
            attempt();
          },
          start: async () => attempt(),
        }),
        fakeFeature({ name: "late", provisions: [{ port: voice, value: { say: () => "now" } }] }),
      ],
    });
    expect(codes).toEqual(["PORT_NOT_READY", "PORT_NOT_READY"]);
    expect(call().say()).toBe("now");
    await kernel.shutdown();
  });

  test("names who called a port that nobody provides, and refuses one that was not declared", async () => {
    let context: FeatureContext | undefined;
    const kernel = await Kernel.boot({
      platform: memoryPlatform(),
      features: [
        fakeFeature({
          name: "alone",
          uses: [voice],
          onCreate: (given) => {
            context = given;
          },
        }),
      ],
    });
    expect(() => context?.use(voice)()).toThrow(
      expect.objectContaining({
        code: "PORT_NOT_READY",
        details: { port: "Voice", calledBy: "alone", provider: undefined },
      }),
    );
    for (const ask of [() => context?.use(store), () => context?.need(store), () => context?.need(voice)]) {
      expect(ask).toThrow(expect.objectContaining({ code: "PORT_UNDECLARED" }));
    }
    await kernel.shutdown();
  });

  test("gives the method table to those who serve it", async () => {
    let names: readonly string[] = [];
    const kernel = await Kernel.boot({
      platform: memoryPlatform(),
      features: [
        fakeFeature({
          name: "api",
          needs: [methodTable],
          onCreate: (context) => {
            const table = context.need(methodTable);
            context.signal.addEventListener("abort", () => {
              names = table.list().map((method) => method.name);
            });
          },
        }),
      ],
    });
    await kernel.shutdown();
    expect(names).toEqual(["kernel.features", "kernel.logs", "kernel.status", "kernel.stop"]);
  });

  test("starts nothing when the graph does not fit", async () => {
    let touched = false;
    const touch = (): void => {
      touched = true;
    };
    const boot = Kernel.boot({
      platform: memoryPlatform(),
      features: [
        fakeFeature({ name: "a", onCreate: touch }),
        fakeFeature({ name: "b", needs: [store], onCreate: touch }),
      ],
    });
    await expect(boot).rejects.toMatchObject({ code: "PORT_GAP" });
    expect(touched).toBe(false);
  });

  test("a failing create names the feature and the step, and gives the lock back", async () => {
    const platform = memoryPlatform();
    const states: KernelState[] = [];
    const broken = fakeFeature({
      name: "broken",
      onCreate: () => {
        throw new Error("bad init");
      },
    });
    const boot = Kernel.boot({
      platform,
      dir: "/w/.weftos",
      features: [broken],
      onStateChanged: ({ to }) => states.push(to),
    });
    await expect(boot).rejects.toMatchObject({
      code: "KERNEL_START_FAILED",
      details: { feature: "broken", step: "create" },
    });
    expect(states).toEqual(["halted"]);
    const kernel = await Kernel.boot({ platform, dir: "/w/.weftos" });
    await kernel.shutdown();
  });

  test("a start that fails rolls back and gives the lock back", async () => {
    const platform = memoryPlatform();
    const stopped: string[] = [];
    const features = [
      fakeFeature({ name: "disk", provides: [store], stop: async () => void stopped.push("disk") }),
      fakeFeature({
        name: "bad",
        needs: [store],
        start: () => Promise.reject(new Error("no")),
        stop: async () => void stopped.push("bad"),
      }),
    ];
    await expect(Kernel.boot({ platform, dir: "/w/.weftos", features })).rejects.toMatchObject({
      code: "KERNEL_START_FAILED",
    });
    expect(stopped).toEqual(["bad", "disk"]);
    expect(await platform.files.list("/w/.weftos/run")).toEqual([]);
  });

  test("takes the longest start from the options, then from the configuration", async () => {
    const hang = fakeFeature({ name: "hang", start: () => new Promise(() => undefined) });
    for (const [options, ms] of [
      [{ startTimeoutMs: 50 }, 50],
      [{ config: { values: { kernel: { startTimeoutMs: 70 } } } }, 70],
    ] as const) {
      const platform = memoryPlatform();
      const boot = Kernel.boot({ platform, features: [hang], ...options }).catch((error) => error);
      await platform.clock.advance(ms);
      expect(await boot).toMatchObject({ code: "KERNEL_START_TIMEOUT", details: { feature: "hang", timeoutMs: ms } });
    }
  });

  test.each<[string, object, string]>([
    ["an unknown option", { directory: "/x" }, "KERNEL_OPTION_INVALID"],
    ["an empty dir", { dir: "" }, "KERNEL_OPTION_INVALID"],
    ["a time-out of 0", { startTimeoutMs: 0 }, "KERNEL_OPTION_INVALID"],
    ["features that are no list", { features: fakeFeature({ name: "a" }) }, "KERNEL_OPTION_INVALID"],
    ["an environment with capitals", { environment: "Production" }, "KERNEL_OPTION_INVALID"],
    ["a config that says false", { config: false }, "KERNEL_OPTION_INVALID"],
    ["unreadable log levels", { logLevels: "loud" }, "KERNEL_LOG_LEVELS"],
    [
      "two features of one name",
      { features: [fakeFeature({ name: "a" }), fakeFeature({ name: "a" })] },
      "KERNEL_FEATURE_INVALID",
    ],
    [
      "a feature with a name of the kernel's",
      { features: [fakeFeature({ name: "shutdown" })] },
      "KERNEL_FEATURE_INVALID",
    ],
    ...["then", "constructor", "toString", "toJSON", "valueOf", "live", "addFeature", "beforeStop", "finishBoot"].map(
      (name): [string, object, string] => [
        `a feature named ${name}`,
        { features: [fakeFeature({ name })] },
        "KERNEL_FEATURE_INVALID",
      ],
    ),
    ["a feature with a dash", { features: [fakeFeature({ name: "my-feature" })] }, "KERNEL_FEATURE_INVALID"],
    ["a feature without create", { features: [{ name: "a" }] }, "KERNEL_FEATURE_INVALID"],
  ])("refuses %s", async (_name, options, code) => {
    await expect(Kernel.boot({ platform: memoryPlatform(), ...options })).rejects.toMatchObject({ code });
  });

  test("refuses a feature that does not provide what it lists", async () => {
    const liar = fakeFeature({ name: "liar", provides: [store], provisions: [] });
    await expect(Kernel.boot({ platform: memoryPlatform(), features: [liar] })).rejects.toMatchObject({
      code: "KERNEL_START_FAILED",
      details: { error: "KERNEL_FEATURE_INVALID" },
    });
  });

  test("hands each feature its checked section, and takes the environment from the configuration", async () => {
    let seen: FeatureContext | undefined;
    const law = fakeFeature({
      name: "law",
      config: { schema: z.strictObject({ limit: z._default(z.int(), 3) }) },
      onCreate: (context) => {
        seen = context;
      },
    });
    const platform = memoryPlatform({
      environment: { WEFTOS_LAW__LIMIT: "4", WEFTOS_KERNEL__ENVIRONMENT: "staging", WEFTOS_LOG: "ipc=trace" },
    });
    const kernel = await Kernel.boot({ platform, dir: "/w/.weftos", features: [law], config: true });
    expect(seen).toMatchObject({ config: { limit: 4 }, environment: "staging", dir: "/w/.weftos", persistent: true });
    expect(kernel.environment).toBe("staging");
    expect(kernel.logs.levels).toBe("info,ipc=trace");
    await kernel.shutdown();
    expect(JSON.stringify(await kernelConfigSchema([law]))).toContain('"limit"');
  });

  test("says the environment in force once its provider runs, and records that one as booted", async () => {
    const inForce = { name: "production" };
    const law = fakeFeature({ name: "law", provisions: [{ port: environmentInForce, value: inForce }] });
    const booted = Kernel.boot({ platform: memoryPlatform(), environment: "staging", features: [law] });
    const kernel = await booted;
    expect(kernel.environment).toBe("production");
    const boot = kernel.memoryAudit?.tail().find(({ kind }) => kind === "kernel.boot");
    expect(boot?.payload).toMatchObject({ environment: "production" });
    inForce.name = "lab";
    expect(kernel.environment).toBe("lab");
    await kernel.shutdown();
  });

  test("refuses a second kernel on the directory, naming the first", async () => {
    const platform = memoryPlatform();
    const first = await Kernel.boot({ platform, dir: "/w/.weftos" });
    await expect(Kernel.boot({ platform, dir: "/w/.weftos" })).rejects.toMatchObject({
      code: "KERNEL_LOCKED",
      details: { processId: platform.host.processId, host: platform.host.hostname },
    });
    await first.shutdown();
    await (await Kernel.boot({ platform, dir: "/w/.weftos" })).shutdown();
  });

  test("shows a timed tree of the boot", async () => {
    const platform = memoryPlatform();
    const slow = fakeFeature({ name: "slow", start: () => platform.clock.sleep(8) });
    const booting = Kernel.boot({ platform, features: [slow] });
    await platform.clock.advance(8);
    const kernel = await booting;
    const text = renderBootTree(kernel.bootTree);
    expect(text).toMatch(/^boot 8\.0 ms\n/);
    expect(text).toContain("   └─ slow 8.0 ms");
    await kernel.shutdown();
  });

  test("delivers events from the first line on, and while it runs", async () => {
    const early: string[] = [];
    const late: string[] = [];
    let context: FeatureContext | undefined;
    const kernel = await Kernel.boot({
      platform: memoryPlatform(),
      features: [
        fakeFeature({
          name: "speaker",
          onCreate: (given) => {
            context = given;
          },
        }),
      ],
      onEvent: (event) => early.push(event.message),
    });
    expect(early[0]).toContain("WeftOS");
    const end = kernel.logs.subscribe((event) =>
      late.push(`${event.index} ${event.source} ${event.level} ${event.message}`),
    );
    const at = kernel.logs.last;
    context?.report("agents", "ready to serve", "warn");
    end();
    context?.report("agents", "unheard");
    expect(late).toEqual([`${at + 1} speaker warn ready to serve`]);
    expect(kernel.logs.since(at).map((event) => event.message)).toEqual(["ready to serve", "unheard"]);
    expect(kernel.logs.tail({ level: "warn", limit: 1 })[0]?.message).toBe("ready to serve");
    await kernel.shutdown();
  });

  test("writes log lines to the sink it was given, and leaves it open", async () => {
    const lines: string[] = [];
    let closed = false;
    const sink = {
      write: (record: { message: string }) => void lines.push(record.message),
      close: async () => {
        closed = true;
      },
    };
    const kernel = await Kernel.boot({ platform: memoryPlatform(), logSink: sink, logLevels: "kernel=error" });
    expect(lines).toEqual([]);
    kernel.logs.setLevels("kernel=info");
    await kernel.shutdown();
    expect(lines).toContain("shutting down");
    expect(closed).toBe(false);
    expect(() => kernel.logs.setLevels("loud")).toThrow(expect.objectContaining({ code: "KERNEL_LOG_LEVELS" }));
  });
});

describe("shutdown", () => {
  test("reports a feature that hangs or fails, and still stops the others and gives the lock back", async () => {
    const platform = memoryPlatform();
    const kernel = await Kernel.boot({
      platform,
      dir: "/w/.weftos",
      features: [
        fakeFeature({ name: "fine" }),
        fakeFeature({ name: "bad", stop: () => Promise.reject(new Error("stuck")) }),
        fakeFeature({ name: "hung", stop: () => new Promise(() => undefined) }),
      ],
    });
    const stopping = kernel.shutdown({ timeoutMs: 30 });
    await platform.clock.advance(30);
    const report = await stopping;
    expect(report).toMatchObject({ clean: false, ms: 30 });
    expect(report.features.map(({ feature, outcome }) => [feature, outcome])).toEqual([
      ["hung", "timed-out"],
      ["bad", "failed"],
      ["fine", "stopped"],
    ]);
    expect(await platform.files.list("/w/.weftos/run")).toEqual([]);
  });

  test("a second one is a no-op with the first one's report, also while the first still runs", async () => {
    const gate = deferred<void>();
    let stops = 0;
    const slow = fakeFeature({
      name: "slow",
      stop: () => {
        stops++;
        return gate.promise;
      },
    });
    const kernel = await Kernel.boot({ platform: memoryPlatform(), features: [slow] });
    const first = kernel.shutdown();
    const second = kernel.shutdown({ timeoutMs: 1 });
    gate.resolve();
    expect(await second).toBe(await first);
    expect(await kernel.shutdown()).toBe(await first);
    expect(stops).toBe(1);
  });

  test("happens at the end of an `await using` block", async () => {
    let state: () => KernelState = () => "booting";
    {
      await using kernel = await Kernel.boot({ platform: memoryPlatform() });
      state = () => kernel.state;
      expect(state()).toBe("running");
    }
    expect(state()).toBe("halted");
  });

  test("aborts the kernel's signal before the first feature stops", async () => {
    let aborted: boolean | undefined;
    let signal: AbortSignal | undefined;
    const watcher = fakeFeature({
      name: "watcher",
      onCreate: (context) => {
        signal = context.signal;
      },
      stop: async () => {
        aborted = signal?.aborted;
      },
    });
    const kernel = await Kernel.boot({ platform: memoryPlatform(), features: [watcher] });
    expect(signal?.aborted).toBe(false);
    await kernel.shutdown();
    expect(aborted).toBe(true);
  });

  test("records itself before the audit log stops, and refuses what comes after", async () => {
    const audit = recordedAudit();
    const act = defineAction({ name: "a.b", input: z.null(), effect: {}, audit: "logged", run: () => 1 });
    const kernel = await Kernel.boot({
      platform: memoryPlatform(),
      features: guardFeatures({ audit, decide: () => permit() }),
      actions: [act],
    });
    expect(kernel.memoryAudit).toBeUndefined();
    await kernel.shutdown();
    expect(audit.events.map((event) => event.kind)).toEqual(["kernel.boot", "kernel.shutdown"]);
    await expect(kernel.perform(act, null, { as: { kind: "kernel", id: "0" } })).rejects.toMatchObject({
      code: "KERNEL_WRONG_STATE",
      details: { expected: "running", actual: "halted" },
    });
    expect(() => kernel.declare(act)).toThrow(expect.objectContaining({ code: "KERNEL_WRONG_STATE" }));
  });

  test("refuses a time-out that is none", async () => {
    const kernel = await Kernel.boot({ platform: memoryPlatform() });
    await expect(kernel.shutdown({ timeoutMs: -1 })).rejects.toMatchObject({ code: "KERNEL_OPTION_INVALID" });
    expect(kernel.state).toBe("running");
    await kernel.shutdown();
  });
});
