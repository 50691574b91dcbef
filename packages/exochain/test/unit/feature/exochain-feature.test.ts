import {
  auditLog,
  auditReader,
  type FeatureContext,
  type GuardedCall,
  keptEvents,
  type Method,
  type MethodCaller,
  resourceSources,
} from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { exochain } from "../../../src/index.ts";

const logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  enabled: () => false,
};
const caller: MethodCaller = {
  subject: { kind: "principal", id: "ada" },
  role: "operator",
  signal: new AbortController().signal,
};

async function started(config?: unknown) {
  const platform = memoryPlatform({ seed: 5 });
  const performed: string[] = [];
  const lines: string[] = [];
  const context = {
    config,
    clock: platform.clock,
    random: platform.random,
    files: platform.files,
    logger,
    dir: "/k",
    persistent: false,
    guard: {
      perform: async <T>(call: GuardedCall<T>, run: (grant: never) => T | Promise<T>) => {
        performed.push(call.action);
        const output = await run(undefined as never);
        call.summary?.(output);
        return output;
      },
    },
    all: () => () => [],
    provide: (port: unknown, value: unknown) => ({ port, value }),
    report: (_phase: string, message: string) => lines.push(message),
  } as unknown as FeatureContext;
  const instance = exochain().create(context);
  await instance.start?.(caller.signal);
  await instance.ready?.();
  const log = instance.provisions[0]?.value as import("@weftos/interface").AuditLog;
  const call = (name: string, input?: unknown) =>
    (instance.methods.find((method) => method.name === name) as Method).call(input, caller);
  return { instance, log, call, performed, lines, platform };
}

const decision = {
  action: "fs.remove",
  subject: "process:7",
  resource: "/data",
  attributes: { kind: "folder" },
  effect: { risk: "0.7" },
  verdict: "deny",
  rules: ["GOV-001"],
  policy: "ab",
  reason: "not its own",
};

describe("the feature", () => {
  it("declares what it provides, needs and records", () => {
    const feature = exochain();
    expect(feature).toMatchObject({
      name: "exochain",
      package: "@weftos/exochain",
      provides: [auditLog, auditReader],
      needs: [],
      uses: [resourceSources, keptEvents],
    });
    expect(feature.actions.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["chain.checkpoint", "chain.redact", "chain.rotate-keys", "resource.change"]),
    );
    expect(feature.events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining([
        "chain.genesis",
        "chain.recovered",
        "chain.digest",
        "action.intent",
        "governance.deny",
        "governance.defer",
        "resource.reconcile",
        "resource.change",
      ]),
    );
  });

  it("is an audit log between start and stop, and refuses before and after", async () => {
    const { instance, log, lines } = await started({
      maxWaiting: 100,
      checkpointEvents: 5,
      checkpointMs: 1000,
      leavesBytes: 65_536,
    });
    expect(lines[0]).toMatch(/^chain [0-9a-f]{8} open: 1 events, head [0-9a-f]{16}$/);
    expect(log.persistent).toBe(false);
    await log.ready();
    await log.append({ source: "t", kind: "t.x", actor: {}, payload: {} }).durable;
    log.digest({ action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 1, time: 1 });
    await instance.api.flush();
    expect(instance.api.status().events).toBe(3);
    expect((await instance.api.tail(1))[0]?.kind).toBe("t.x");
    expect((await instance.api.tailFrom(0)).at(-1)?.kind).toBe("t.x");
    expect((await instance.api.get(0)).kind).toBe("chain.genesis");
    const kinds: string[] = [];
    for await (const { kind } of instance.api.range(0, 3)) kinds.push(kind);
    for await (const { kind } of instance.api.query({ kind: "t.*" })) kinds.push(kind);
    for await (const { kind } of instance.api.subscribe(2)) {
      kinds.push(kind);
      break;
    }
    expect(kinds).toEqual(["chain.genesis", "resource.reconcile", "t.x", "t.x", "t.x"]);
    expect(await instance.api.verify()).toMatchObject({ valid: true, assurance: "signed" });
    expect((await instance.api.checkpoint()).size).toBe(4);
    await instance.stop?.(caller.signal);
    expect(() => log.append({ source: "t", kind: "t.x", actor: {}, payload: {} })).toThrow(/not open/);
    await instance.stop?.(caller.signal);
  });

  it("answers status, tail and verify, and takes a checkpoint under the guard", async () => {
    const { instance, call, performed, log } = await started();
    await log.append({ source: "t", kind: "t.x", actor: { pid: 3 }, payload: { a: 1 } }).durable;
    expect(await call("chain.status")).toMatchObject({ sequence: 2, writable: true });
    expect(await call("chain.tail", { count: 1 })).toMatchObject({
      events: [{ sequence: 2, kind: "t.x", payload: { a: 1 }, actor: { pid: 3, agent: null } }],
    });
    expect(await call("chain.checkpoint")).toMatchObject({ size: 3 });
    expect(performed).toEqual(["chain.checkpoint"]);
    const { head } = instance.api.status();
    expect(await call("chain.verify", { head })).toMatchObject({ valid: true, assurance: "complete" });
    expect(await call("chain.verify", { head: "0".repeat(64) })).toMatchObject({
      valid: false,
      faults: [{ code: "CHAIN_TRUNCATED" }],
    });
    await expect(call("chain.verify", { head: "x" })).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
    await expect(call("chain.tail", { count: 0 })).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
    await instance.stop?.(caller.signal);
  });

  it("shows a refused action: who, what, rules, outcome, proof", async () => {
    const { instance, call, log } = await started();
    const receipt = log.append({
      source: "fs",
      kind: "governance.deny",
      actor: { pid: 7, agent: "assistant" },
      payload: { ...decision, by: "rule" },
    });
    await receipt.durable;
    const shown = {
      sequence: 2,
      who: "process:7",
      pid: 7,
      agent: "assistant",
      action: "fs.remove",
      resource: "/data",
      attributes: { kind: "folder" },
      effect: { risk: "0.7" },
      verdict: "deny",
      by: "rule",
      rules: ["GOV-001"],
      reason: "not its own",
      outcome: "refused",
      approval: null,
    };
    expect(await call("action.show", { id: 2 })).toMatchObject({ ...shown, proof: { sequence: 2, checkpoint: null } });
    await instance.api.checkpoint();
    expect(await call("action.show", { id: "2" })).toMatchObject({ ...shown, proof: { checkpoint: 3 } });
    await expect(call("action.show", { id: 99 })).rejects.toMatchObject({ code: "CHAIN_EVENT_NOT_FOUND" });
    await expect(call("action.show", { id: "no-such-approval" })).rejects.toMatchObject({
      code: "CHAIN_EVENT_NOT_FOUND",
    });
    await instance.stop?.(caller.signal);
  });

  it("shows a deferred action by its approval, from question to outcome", async () => {
    const { instance, call, log } = await started();
    const approval = "0197f0a0-0000-7000-8000-000000000001";
    const asked = { ...decision, action: "net.post", verdict: "defer", rules: ["GOV-002"], approval };
    await log.append({ source: "net", kind: "governance.defer", actor: { pid: 7 }, payload: asked }).durable;
    expect(await call("action.show", { id: approval })).toMatchObject({
      outcome: "pending",
      verdict: "defer",
      events: [2],
    });
    const intent = log.append({
      source: "net",
      kind: "action.intent",
      actor: { pid: 7 },
      payload: { ...asked, verdict: "permit" },
    });
    await intent.durable;
    expect(await call("action.show", { id: 3 })).toMatchObject({ outcome: "unknown", events: [3] });
    await log.append({ source: "t", kind: "t.between", actor: {}, payload: {} }).durable;
    await log.append({
      source: "net",
      kind: "net.post",
      actor: { pid: 7 },
      payload: { intent: intent.sequence, action: "net.post", outcome: "failed", error: "TOOL_FAILED" },
    }).durable;
    const whole = {
      action: "net.post",
      approval,
      verdict: "permit",
      outcome: "failed",
      error: "TOOL_FAILED",
      kind: "net.post",
    };
    expect(await call("action.show", { id: approval })).toMatchObject({ ...whole, events: [2, 3, 5] });
    expect(await call("action.show", { id: 3 })).toMatchObject({ ...whole, events: [3, 5] });
    expect(await call("action.show", { id: 5 })).toMatchObject({ ...whole, events: [3, 5], proof: { sequence: 5 } });
    await log.append({ source: "t", kind: "t.plain", actor: { principal: "ada" }, payload: { says: "so" } }).durable;
    await log.append({ source: "t", kind: "t.plain", actor: {}, payload: {} }).durable;
    expect(await call("action.show", { id: 6 })).toMatchObject({
      who: "principal:ada",
      action: "t.plain",
      outcome: "recorded",
      result: { says: "so" },
    });
    expect(await call("action.show", { id: 7 })).toMatchObject({ who: "kernel:0", verdict: null });
    const cut = log.append({
      source: "net",
      kind: "action.intent",
      actor: {},
      payload: { ...asked, verdict: "permit" },
    });
    const told = { intent: cut.sequence, action: "net.post", subject: "process:7", resource: "-" };
    await log.append({ source: "exochain", kind: "action.unknown", actor: {}, payload: told }).durable;
    expect(await call("action.show", { id: cut.sequence })).toMatchObject({ outcome: "unknown", durationMs: null });
    await instance.stop?.(caller.signal);
  });
});
