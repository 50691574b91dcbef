import {
  type ActionContext,
  type CapabilityCheck,
  defineAction,
  type Gate,
  type Guard,
  processControl,
  processDirectory,
  type Subject,
  toPid,
} from "@weftos/interface";
import { z } from "@weftos/schema";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, test } from "vitest";
import { type BootOptions, Kernel } from "../../src/index.ts";
import {
  defer,
  deny,
  fakeApprovals,
  fakeFeature,
  type GuardInit,
  guardFeatures,
  openCapabilities,
  permit,
  recordedAudit,
} from "../fake-features.ts";

const agent: Subject = { kind: "process", id: "7" };
const input = z.strictObject({ order: z.string(), cents: z.int() });

function refundAction(
  run: (input: { order: string; cents: number }, context: ActionContext) => unknown = () => "done",
) {
  return defineAction({
    name: "billing.refund",
    input,
    effect: { risk: 0.4 },
    audit: "durable",
    resource: ({ order }) => `order:${order}`,
    attributes: ({ cents }) => ({ cents }),
    display: ({ order, cents }) => `refund ${cents} of ${order}`,
    summary: (output) => ({ output: String(output) }),
    run,
  });
}

function world(init: GuardInit = {}, options: Partial<BootOptions> = {}) {
  const trail: string[] = [];
  const audit = recordedAudit(trail);
  const capabilities: CapabilityCheck = {
    ...openCapabilities,
    check: (...given) => {
      trail.push("capability");
      return (init.capabilities ?? openCapabilities).check(...given);
    },
  };
  const decide: Gate["decide"] = (...given) => {
    trail.push("gate");
    return (init.decide ?? (() => permit()))(...given);
  };
  const platform = memoryPlatform();
  let guard: Guard | undefined;
  const probe = fakeFeature({
    name: "probe",
    onCreate: (context) => {
      guard = context.guard;
    },
  });
  const extra = options.features ?? [];
  const boot = (actions: BootOptions["actions"]) =>
    Kernel.boot({
      platform,
      ...options,
      actions,
      features: [...guardFeatures({ ...init, audit: init.audit ?? audit, capabilities, decide }), probe, ...extra],
    });
  return { trail, audit, platform, boot, guard: () => guard as Guard };
}

describe("kernel.perform", () => {
  test("goes capability → gate → intent → run → outcome, in this order", async () => {
    const { trail, audit, boot } = world();
    const refund = refundAction(() => {
      trail.push("run");
      return "paid";
    });
    const kernel = await boot([refund]);
    trail.length = 0;
    expect(await kernel.perform(refund, { order: "o1", cents: 5 }, { as: agent })).toBe("paid");
    expect(trail).toEqual(["capability", "gate", "audit:action.intent", "run", "audit:billing.refund"]);
    const [intent, outcome] = audit.events.slice(-2);
    expect(intent?.payload).toMatchObject({ resource: "order:o1", attributes: { cents: 5 }, effect: { risk: "0.4" } });
    expect(outcome?.payload).toMatchObject({ outcome: "ok", result: { output: "paid" } });
    expect(kernel.decisions).toEqual({ permit: 1, defer: 0, deny: 0 });
    await kernel.shutdown();
  });

  test.each<[string, GuardInit, string, string[]]>([
    [
      "the capability check refuses",
      { capabilities: { ...openCapabilities, check: () => "not yours" } },
      "CAPABILITY_DENIED",
      ["capability", "audit:governance.deny"],
    ],
    [
      "the capability check throws",
      {
        capabilities: {
          ...openCapabilities,
          check: () => {
            throw new Error("bug");
          },
        },
      },
      "CAPABILITY_DENIED",
      ["capability", "audit:governance.deny"],
    ],
    ["the gate denies", { decide: () => deny() }, "GOVERNANCE_DENIED", ["capability", "gate", "audit:governance.deny"]],
    [
      "the gate throws",
      {
        decide: () => {
          throw new Error("bug");
        },
      },
      "GOVERNANCE_DENIED",
      ["capability", "gate", "audit:governance.deny"],
    ],
    [
      "a person must be asked and nobody keeps approvals",
      { decide: defer },
      "APPROVAL_UNAVAILABLE",
      ["capability", "gate", "audit:governance.deny"],
    ],
  ])("runs nothing when %s", async (_name, init, code, order) => {
    let ran = false;
    const refund = refundAction(() => {
      ran = true;
    });
    const { trail, boot } = world(init);
    const kernel = await boot([refund]);
    trail.length = 0;
    await expect(kernel.perform(refund, { order: "o", cents: 1 }, { as: agent })).rejects.toMatchObject({ code });
    expect(ran).toBe(false);
    expect(trail).toEqual(order);
    await kernel.shutdown();
  });

  test("runs nothing when the intent cannot be recorded", async () => {
    let ran = false;
    const refund = refundAction(() => {
      ran = true;
    });
    const full = {
      ...recordedAudit(),
      append: (): never => {
        throw new Error("disk full");
      },
    };
    const { boot } = world({ audit: full });
    const kernel = await boot([refund]);
    await expect(kernel.perform(refund, { order: "o", cents: 1 }, { as: agent })).rejects.toThrow("disk full");
    expect(ran).toBe(false);
    await kernel.shutdown();
  });

  test("denies everything without gate and rights, in a kernel of the host's actions alone", async () => {
    const refund = refundAction();
    const kernel = await Kernel.boot({ platform: memoryPlatform(), actions: [refund] });
    const call = (as: Subject) => kernel.perform(refund, { order: "o", cents: 1 }, { as });
    await expect(call(agent)).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
    await expect(call({ kind: "kernel", id: "0" })).rejects.toMatchObject({ code: "GOVERNANCE_DENIED" });
    expect(kernel.decisions).toEqual({ permit: 0, defer: 0, deny: 2 });
    expect(kernel.memoryAudit?.tail().map((event) => event.kind)).toEqual([
      "kernel.boot",
      "governance.deny",
      "governance.deny",
    ]);
    await kernel.shutdown();
  });

  test("an action that was not declared is refused and recorded; one declared otherwise is a conflict", async () => {
    const { audit, boot } = world();
    const kernel = await boot([refundAction()]);
    const stranger = defineAction({ name: "not.declared", input: z.null(), effect: {}, audit: "none", run: () => 1 });
    await expect(kernel.perform(stranger, null, { as: agent })).rejects.toMatchObject({ code: "GOVERNANCE_DENIED" });
    expect(audit.events.at(-1)).toMatchObject({
      kind: "governance.deny",
      payload: { action: "not.declared", by: "default" },
    });
    const harmless = defineAction({ ...stranger, name: "billing.refund", effect: {}, audit: "none" });
    await expect(kernel.perform(harmless, null, { as: agent })).rejects.toMatchObject({
      code: "KERNEL_ACTION_CONFLICT",
    });
    await kernel.shutdown();
  });

  test("checks the input before anything is asked", async () => {
    const { trail, boot } = world();
    const refund = refundAction();
    const kernel = await boot([refund]);
    trail.length = 0;
    const wrong = { order: 5, cents: 1 } as unknown as { order: string; cents: number };
    await expect(kernel.perform(refund, wrong, { as: agent })).rejects.toMatchObject({
      code: "KERNEL_INPUT_INVALID",
      details: { action: "billing.refund", issues: [{ path: ["order"] }] },
    });
    expect(trail).toEqual([]);
    await kernel.shutdown();
  });

  test("takes a subject, a PID, or what has one; PID 0 is the kernel", async () => {
    const seen: Subject[] = [];
    const refund = refundAction((_input, { subject }) => void seen.push(subject));
    const { boot } = world();
    const kernel = await boot([refund]);
    const principal: Subject = { kind: "principal", id: "ann", role: "admin" };
    for (const as of [agent, toPid(9), { pid: toPid(9) }, toPid(0), principal]) {
      await kernel.perform(refund, { order: "o", cents: 1 }, { as });
    }
    expect(seen).toEqual([
      agent,
      { kind: "process", id: "9" },
      { kind: "process", id: "9" },
      { kind: "kernel", id: "0" },
      principal,
    ]);
    for (const as of [
      undefined,
      null,
      "7",
      -1,
      1.5,
      { kind: "root", id: "0" },
      { kind: "kernel", id: "root" },
      { kind: "process", id: "abc" },
      { kind: "process", id: "0" },
      { kind: "process", id: "07" },
      { kind: "process", id: "7.0" },
      { pid: "7" },
      { kind: "principal", id: "x", role: "root" },
    ]) {
      const given = as as unknown as Subject;
      await expect(kernel.perform(refund, { order: "o", cents: 1 }, { as: given })).rejects.toMatchObject({
        code: "KERNEL_OPTION_INVALID",
      });
    }
    await kernel.shutdown();
  });

  function posting(ran: unknown[]) {
    return defineAction<unknown, void>({
      name: "net.post",
      input: z.unknown(),
      effect: { risk: 0.5 },
      audit: "durable",
      run: (given) => void ran.push(given),
    });
  }

  test.each([
    ["JSON", 1],
    ["a date", new Date(0)],
    ["what is not there", undefined],
    ["no number", Number.NaN],
    ["a big integer", 7n],
    ["a map", new Map([["a", { deep: new Set([1]) }]])],
    ["bytes", new Uint8Array([1, 2])],
  ])("runs what was asked, whatever its caller makes of its input afterwards: %s", async (_what, more) => {
    const book = fakeApprovals();
    const { boot } = world({ decide: defer, approvals: book });
    const ran: unknown[] = [];
    const post = posting(ran);
    const kernel = await boot([post]);
    const given = { to: "a friend", lines: ["hello"], more };
    const waiting = kernel.perform(post, given, { as: agent, onDefer: "wait" });
    await memoryPlatform().clock.settle();
    given.to = "an enemy";
    given.lines.push("and more");
    if (more instanceof Map) more.set("b", { deep: new Set() });
    book.approve("approval-1");
    await waiting;
    const meant = more instanceof Map ? new Map([["a", { deep: new Set([1]) }]]) : more;
    expect(ran).toEqual([{ to: "a friend", lines: ["hello"], more: meant }]);
    await kernel.shutdown();
  });

  test("binds an answer to all of an input that is data, whatever of it is shown", async () => {
    const book = fakeApprovals();
    const { boot } = world({ decide: defer, approvals: book });
    const post = { ...posting([]), display: () => "a message" };
    const kernel = await boot([post]);
    const inputs = [new Date(0), new Date(1), new Map([["a", 1]]), [["a", 1n]], new Uint8Array([1]), new Set([1])];
    for (const given of inputs) {
      await expect(kernel.perform(post, given, { as: agent })).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    }
    expect(new Set(book.list().map(({ digest }) => digest)).size).toBe(inputs.length);
    expect(book.list()[0]?.display).toMatch(/^a message\nSHAKE-256 of the input: [0-9a-f]{64}$/);
    await kernel.shutdown();
  });

  class Letter {
    to = "a friend";
  }

  test.each([
    ["an instance of a class", () => new Letter()],
    ["a function", () => ({ to: "a friend", done: () => 1 })],
    ["a proxy", () => new Proxy({ to: "a friend" }, {})],
    ["bytes of a class of their own", () => ({ to: "a friend", bytes: Buffer.from("x") })],
  ])("asks nobody about what is not data: %s", async (_what, make) => {
    const book = fakeApprovals();
    const ran: unknown[] = [];
    const post = posting(ran);
    const asking = await world({ decide: defer, approvals: book }).boot([post]);
    await expect(asking.perform(post, make(), { as: agent, onDefer: "wait" })).rejects.toMatchObject({
      code: "GOVERNANCE_DENIED",
      message: expect.stringContaining("nobody can be asked"),
    });
    expect([book.list(), ran]).toEqual([[], []]);
    await asking.shutdown();
    const open = await world().boot([post]);
    const given = make();
    await open.perform(post, given, { as: agent });
    expect(ran).toEqual([given]);
    await open.shutdown();
  });

  test("does not run what is not data and was changed while it was decided", async () => {
    const ran: unknown[] = [];
    const post = posting(ran);
    const letter = new Letter();
    const kernel = await world({
      decide: () => {
        letter.to = "an enemy";
        return permit();
      },
    }).boot([post]);
    await expect(kernel.perform(post, letter, { as: agent })).rejects.toMatchObject({ code: "KERNEL_INPUT_INVALID" });
    expect(ran).toEqual([]);
    await kernel.shutdown();
  });

  test("stores a key named __proto__ as a key, and gives nothing its properties", async () => {
    const book = fakeApprovals();
    const { boot } = world({ decide: defer, approvals: book });
    const post = defineAction<unknown, null>({
      name: "net.post",
      input: z.unknown(),
      effect: { risk: 0.5 },
      audit: "durable",
      run: () => null,
    });
    const kernel = await boot([post]);
    const given: unknown = JSON.parse('{"__proto__": {"admin": true}, "to": "x"}');
    await expect(kernel.perform(post, given, { as: agent })).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    const stored = (await book.stored("approval-1"))?.input;
    expect(Object.keys(stored as object)).toEqual(["__proto__", "to"]);
    expect((stored as { admin?: unknown }).admin).toBeUndefined();
    await kernel.shutdown();
  });

  test("takes big integers, and refuses what nobody could be shown", async () => {
    const { boot } = world();
    const pay = defineAction<unknown, string>({
      name: "wei.pay",
      input: z.unknown(),
      effect: {},
      audit: "logged",
      run: (given) => String(given),
    });
    const kernel = await boot([pay]);
    expect(await kernel.perform(pay, 12n, { as: agent })).toBe("12");
    const circle: { self?: unknown } = {};
    circle.self = circle;
    await expect(kernel.perform(pay, circle, { as: agent })).rejects.toMatchObject({ code: "KERNEL_INPUT_INVALID" });
    await kernel.shutdown();
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["an empty object", {}],
    ["a declaration alone", { declaration: refundAction().declaration }],
    ["an action without code", { ...refundAction(), run: undefined }],
    ["an action without a schema", { ...refundAction(), input: undefined }],
  ])("declares no %s", async (_name, given) => {
    const { boot } = world();
    const kernel = await boot([]);
    expect(() => kernel.declare(given as never)).toThrow(expect.objectContaining({ code: "KERNEL_ACTION_INVALID" }));
    await kernel.shutdown();
  });

  test("lets no action of the host leave events that the kernel or a feature records", async () => {
    const feature = {
      ...fakeFeature({ name: "house" }),
      events: [{ kind: "house.begin", description: "", payload: {} }],
    };
    const { boot } = world({}, { features: [feature] });
    const kernel = await boot([]);
    for (const event of ["action.intent", "governance.deny", "kernel.boot", "house.begin"]) {
      const forged = defineAction({ ...init(event), run: () => null });
      expect(() => kernel.declare(forged)).toThrow(expect.objectContaining({ code: "KERNEL_ACTION_CONFLICT" }));
    }
    await kernel.shutdown();

    function init(event: string) {
      return { name: "host.act", event, input: z.unknown(), effect: {}, audit: "logged" as const };
    }
  });

  test("names the agent in the record when its process is known", async () => {
    const directory = {
      find: () => ({ name: "clerk" }),
      state: () => "running",
      list: () => [],
      held: () => undefined,
    };
    const { audit, boot } = world(
      {},
      { features: [fakeFeature({ name: "process", provisions: [{ port: processDirectory, value: directory }] })] },
    );
    const refund = refundAction();
    const kernel = await boot([refund]);
    await kernel.perform(refund, { order: "o", cents: 1 }, { as: agent });
    expect(audit.events.at(-1)?.actor).toEqual({ pid: 7, agent: "clerk" });
    await kernel.shutdown();
  });

  test("does nothing in the name of a process that is suspended, whoever asks, and says so", async () => {
    let state = "suspended";
    const directory = { find: () => ({ name: "clerk" }), state: () => state, list: () => [], held: () => undefined };
    const { audit, boot } = world(
      {},
      { features: [fakeFeature({ name: "process", provisions: [{ port: processDirectory, value: directory }] })] },
    );
    const refund = refundAction();
    const kernel = await boot([refund]);
    const asked = () => kernel.perform(refund, { order: "o", cents: 1 }, { as: agent });
    await expect(asked()).rejects.toMatchObject({
      code: "CAPABILITY_DENIED",
      message: expect.stringContaining("it is suspended, until an operator resumes it"),
    });
    expect(audit.events.at(-1)).toMatchObject({ kind: "governance.deny", payload: { by: "capability" } });
    state = "running";
    await asked();
    await kernel.shutdown();
  });

  test("does nothing for a process that was suspended while it waited for an answer", async () => {
    let state = "running";
    const directory = { find: () => ({ name: "clerk" }), state: () => state, list: () => [], held: () => undefined };
    const book = fakeApprovals();
    const { boot } = world(
      { approvals: book, decide: defer },
      { features: [fakeFeature({ name: "process", provisions: [{ port: processDirectory, value: directory }] })] },
    );
    const refund = refundAction();
    const kernel = await boot([refund]);
    const asked = kernel.perform(refund, { order: "o", cents: 1 }, { as: agent, onDefer: "wait" });
    const told = expect(asked).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
    await expect.poll(() => book.awaited("approval-1")).toBe(true);
    state = "suspended";
    book.approve("approval-1");
    await told;
    expect(book.find("approval-1")?.state).toBe("approved");
    await kernel.shutdown();
  });

  test("hears the caller's signal and the kernel's shutdown", async () => {
    const { boot } = world();
    const refund = refundAction(
      (_input, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    const kernel = await boot([refund]);
    const mine = new AbortController();
    const first = kernel.perform(refund, { order: "o", cents: 1 }, { as: agent, signal: mine.signal });
    const second = kernel.perform(refund, { order: "o", cents: 1 }, { as: agent });
    mine.abort(new Error("mine"));
    await expect(first).rejects.toThrow("mine");
    const stopped = kernel.shutdown();
    await expect(second).rejects.toThrow("the kernel shuts down");
    await stopped;
  });
});

describe("the guard of features", () => {
  const small = {
    name: "ipc.send",
    description: "",
    effect: { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0 },
    audit: "digest",
    rights: [],
    role: "operator",
  } as const;
  const call = {
    action: "ipc.send",
    subject: agent,
    resource: "process:8",
    attributes: {},
    actorPid: 7,
    target: 8,
    bytes: 3,
  };

  test("performs small acts at once, with a digest each and one question for all", async () => {
    let asked = 0;
    const { audit, boot, guard } = world(
      {
        decide: () => {
          asked++;
          return permit();
        },
      },
      { features: [fakeFeature({ name: "ipc", actions: [small] })] },
    );
    const kernel = await boot([]);
    for (let i = 0; i < 100; i++) expect(guard().performSync(call, () => i)).toBe(i);
    expect(asked).toBe(1);
    expect(audit.digests).toHaveLength(100);
    expect(audit.digests[0]).toMatchObject({ action: "ipc.send", actor: 7, target: 8, bytes: 3, outcome: "ok" });
    expect(guard().counts()).toEqual({ permit: 100, defer: 0, deny: 0 });
    await kernel.shutdown();
  });

  test("counts refusals of a small act into one event a second", async () => {
    const { audit, platform, boot, guard } = world(
      { decide: () => deny() },
      { features: [fakeFeature({ name: "ipc", actions: [small] })] },
    );
    const kernel = await boot([]);
    for (let i = 0; i < 50; i++)
      expect(() => guard().performSync(call, () => i)).toThrow(expect.objectContaining({ code: "GOVERNANCE_DENIED" }));
    await platform.clock.advance(1000);
    const refusals = audit.events.filter((event) => event.kind === "governance.deny");
    expect(refusals.map((event) => event.payload.count)).toEqual([undefined, 49]);
    await kernel.shutdown();
  });

  test("writes what it counted before the audit log stops", async () => {
    const { audit, boot, guard } = world(
      { decide: () => deny() },
      { features: [fakeFeature({ name: "ipc", actions: [small] })] },
    );
    const kernel = await boot([]);
    for (let i = 0; i < 3; i++) expect(() => guard().performSync(call, () => i)).toThrow();
    await kernel.shutdown();
    expect(audit.events.at(-1)).toMatchObject({ kind: "governance.deny", payload: { count: 2 } });
  });

  test("suspends a process when a critical rule matched, and refuses all the same when it cannot", async () => {
    const suspended: number[] = [];
    let broken = false;
    const control = {
      suspend: (pid: number) => {
        if (broken) throw new Error("not running");
        suspended.push(pid);
      },
    };
    const { boot, guard } = world(
      { decide: () => deny({ suspend: true }) },
      {
        features: [
          fakeFeature({ name: "ipc", actions: [small] }),
          fakeFeature({ name: "process", provisions: [{ port: processControl, value: control }] }),
        ],
      },
    );
    const kernel = await boot([]);
    const attempt = (subject: Subject) => () => guard().performSync({ ...call, subject }, () => 1);
    expect(attempt(agent)).toThrow();
    broken = true;
    expect(attempt(agent)).toThrow(expect.objectContaining({ code: "GOVERNANCE_DENIED" }));
    expect(attempt({ kind: "principal", id: "ann" })).toThrow(expect.objectContaining({ code: "GOVERNANCE_DENIED" }));
    expect(suspended).toEqual([7]);
    await kernel.shutdown();
  });

  test("refuses before the gates have started, also the kernel itself", async () => {
    const codes: unknown[] = [];
    const eager = fakeFeature({
      name: "eager",
      actions: [small],
      onCreate: ({ guard }) => {
        for (const subject of [agent, { kind: "kernel", id: "0" } as const]) {
          try {
            guard.performSync({ ...call, subject }, () => 1);
          } catch (error) {
            codes.push((error as { code: string }).code);
          }
        }
      },
    });
    const kernel = await Kernel.boot({ platform: memoryPlatform(), features: [eager, ...guardFeatures()] });
    expect(codes).toEqual(["CAPABILITY_DENIED", "GOVERNANCE_DENIED"]);
    await kernel.shutdown();
  });

  test("waits for an answer when it is asked to, and asks rights and gate again", async () => {
    const book = fakeApprovals();
    const { trail, boot } = world({ decide: defer, approvals: book });
    const refund = refundAction(() => "after all");
    const kernel = await boot([refund]);
    trail.length = 0;
    const waiting = kernel.perform(refund, { order: "o", cents: 1 }, { as: agent, onDefer: "wait" });
    await memoryPlatform().clock.settle();
    expect([...book.kept.keys()]).toEqual(["approval-1"]);
    book.approve("approval-1");
    expect(await waiting).toBe("after all");
    expect(trail.filter((one) => one === "gate")).toHaveLength(2);
    expect(kernel.decisions).toEqual({ permit: 1, defer: 1, deny: 0 });
    await kernel.shutdown();
  });
});
