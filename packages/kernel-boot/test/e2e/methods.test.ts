import type { MethodCaller, Role } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, test } from "vitest";
import { Kernel } from "../../src/index.ts";
import { deny, fakeFeature, guardFeatures, permit, recordedAudit } from "../fake-features.ts";

const caller = (role: Role): MethodCaller => ({
  subject: { kind: "principal", id: "ann", role },
  role,
  signal: new AbortController().signal,
});

const method = (name: string, role: Role = "operator") =>
  defineMethod({
    name,
    description: name,
    role,
    mutates: true,
    input: z.strictObject({ n: z.int() }),
    run: ({ n }) => ({ n: n + 1 }),
  });

describe("the method table", () => {
  test("collects the methods of all features, sorted", async () => {
    const kernel = await Kernel.boot({
      platform: memoryPlatform(),
      features: [fakeFeature({ name: "a", methods: [method("thing.count")] })],
    });
    expect(kernel.methods.list().map((one) => one.name)).toEqual([
      "kernel.features",
      "kernel.logs",
      "kernel.status",
      "kernel.stop",
      "thing.count",
    ]);
    expect(kernel.methods.find("thing.count")?.role).toBe("operator");
    expect(await kernel.methods.call("thing.count", { n: 1 }, caller("admin"))).toEqual({ n: 2 });
    await kernel.shutdown();
  });

  test("refuses an unknown name, a low role and a wrong input, in this order", async () => {
    const kernel = await Kernel.boot({
      platform: memoryPlatform(),
      features: [fakeFeature({ name: "a", methods: [method("a.b")] })],
    });
    const call = (name: string, input: unknown, role: Role) => kernel.methods.call(name, input, caller(role));
    await expect(call("a.c", {}, "admin")).rejects.toMatchObject({
      code: "API_METHOD_NOT_FOUND",
      details: { method: "a.c" },
    });
    await expect(call("a.b", "junk", "viewer")).rejects.toMatchObject({
      code: "API_FORBIDDEN",
      details: { method: "a.b", needs: "operator", has: "viewer" },
    });
    await expect(call("a.b", {}, "root" as Role)).rejects.toMatchObject({ code: "API_FORBIDDEN" });
    await expect(call("a.b", { n: "1" }, "operator")).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
    await kernel.shutdown();
  });

  test("records changes that a role does not allow, those of one caller within a second as one more event", async () => {
    const platform = memoryPlatform();
    const audit = recordedAudit();
    const reads = { ...method("a.read", "admin"), mutates: false };
    const methods = [method("a.b"), method("a.c", "admin"), reads];
    const kernel = await Kernel.boot({
      platform,
      features: [...guardFeatures({ audit }), fakeFeature({ name: "a", methods })],
    });
    const call = (name: string, who: unknown) =>
      expect(kernel.methods.call(name, { secret: "x" }, who as MethodCaller)).rejects.toMatchObject({
        code: "API_FORBIDDEN",
      });
    for (let times = 0; times < 3; times++) await call("a.b", caller("viewer"));
    await call("a.c", caller("operator"));
    await call("a.read", caller("operator"));
    await call("a.b", undefined);
    await platform.clock.advance(1000);
    const denied = audit.events.filter(({ kind }) => kind === "governance.deny");
    expect(denied.map(({ payload }) => [payload.subject, payload.role, payload.count])).toEqual([
      ["principal:ann", "viewer", undefined],
      ["principal:unknown", undefined, undefined],
      ["principal:ann", "viewer", 3],
    ]);
    expect(denied[0]?.payload).toMatchObject({
      action: "a.b",
      resource: "method:a.b",
      verdict: "deny",
      by: "capability",
      reason: "the method a.b needs the role operator, got viewer",
    });
    expect(JSON.stringify(denied)).not.toContain("secret");
    await kernel.shutdown();
    await call("a.b", caller("viewer"));
  });

  test("answers nobody when two features give one method", async () => {
    const features = ["a", "b"].map((name) => fakeFeature({ name, methods: [method("x.y")] }));
    const kernel = await Kernel.boot({ platform: memoryPlatform(), features });
    for (let again = 0; again < 2; again++) {
      await expect(kernel.methods.call("kernel.status", {}, caller("admin"))).rejects.toMatchObject({
        code: "KERNEL_FEATURE_INVALID",
        details: { feature: "b" },
      });
    }
    await kernel.shutdown();
  });

  test("after the shutdown still tells state and log, and refuses the rest", async () => {
    const kernel = await Kernel.boot({
      platform: memoryPlatform(),
      features: [fakeFeature({ name: "a", methods: [method("a.b")] })],
    });
    await kernel.shutdown();
    expect(await kernel.methods.call("kernel.status", {}, caller("viewer"))).toMatchObject({ state: "halted" });
    for (const [name, input] of [
      ["a.b", { n: 1 }],
      ["kernel.stop", {}],
    ] as const) {
      await expect(kernel.methods.call(name, input, caller("admin"))).rejects.toMatchObject({
        code: "KERNEL_WRONG_STATE",
      });
    }
  });
});

test("the table refuses a call that names no caller", async () => {
  const kernel = await Kernel.boot({ platform: memoryPlatform() });
  for (const nobody of [undefined, null, {}, { role: "root" }, { role: "constructor" }]) {
    await expect(kernel.methods.call("kernel.status", {}, nobody as never)).rejects.toMatchObject({
      code: "API_FORBIDDEN",
    });
  }
  expect(await kernel.shutdown(null as never)).toMatchObject({ clean: true });
});

describe("the kernel's methods", () => {
  test("status tells what runs, where and what was decided", async () => {
    const platform = memoryPlatform();
    const kernel = await Kernel.boot({ platform, dir: "/w/.weftos", features: guardFeatures() });
    await platform.clock.advance(5);
    expect(await kernel.methods.call("kernel.status", undefined, caller("viewer"))).toEqual({
      pid: platform.host.processId,
      state: "running",
      writable: true,
      error: null,
      version: kernel.version,
      environment: "development",
      uptimeMs: 5,
      dir: "/w/.weftos",
      persistent: true,
      features: ["chain", "law", "rights"],
      processes: 0,
      methods: 4,
      decisions: { permit: 0, defer: 0, deny: 0 },
      notices: expect.any(Array),
    });
    await kernel.shutdown();
  });

  test("features lists packages in the order of their start", async () => {
    const kernel = await Kernel.boot({ platform: memoryPlatform(), features: [fakeFeature({ name: "a" })] });
    expect(await kernel.methods.call("kernel.features", {}, caller("viewer"))).toEqual({
      features: [{ name: "a", package: "@fake/a" }],
    });
    await kernel.shutdown();
  });

  test("logs gives the newest lines, of a level, or after a cursor", async () => {
    const kernel = await Kernel.boot({ platform: memoryPlatform() });
    const logs = async (input: object) =>
      (await kernel.methods.call("kernel.logs", input, caller("viewer"))) as unknown as {
        last: number;
        events: { index: number; level: string }[];
      };
    const all = await logs({});
    expect(all.events).toHaveLength(all.last);
    expect((await logs({ tail: 2 })).events.map((event) => event.index)).toEqual([all.last - 1, all.last]);
    expect((await logs({ since: all.last - 1 })).events).toHaveLength(1);
    expect(new Set((await logs({ level: "warn" })).events.map((event) => event.level))).toEqual(new Set(["warn"]));
    for (const wrong of [{ tail: 0 }, { tail: 5000 }, { level: "loud" }, { since: -1 }, { more: 1 }]) {
      await expect(logs(wrong)).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
    }
    await kernel.shutdown();
  });

  test("stop passes the gate, leaves an event and then shuts down", async () => {
    const platform = memoryPlatform();
    const audit = recordedAudit();
    const kernel = await Kernel.boot({ platform, features: guardFeatures({ audit, decide: () => permit() }) });
    expect(await kernel.methods.call("kernel.stop", {}, caller("admin"))).toEqual({ state: "shutting-down" });
    expect(kernel.state).toBe("running");
    await platform.clock.advance(1);
    await kernel.shutdown();
    expect(kernel.state).toBe("halted");
    expect(audit.events.map((event) => event.kind)).toEqual(["kernel.boot", "kernel.stop", "kernel.shutdown"]);
  });

  test("stop does nothing when the rules deny it", async () => {
    const platform = memoryPlatform();
    const kernel = await Kernel.boot({ platform, features: guardFeatures({ decide: () => deny() }) });
    await expect(kernel.methods.call("kernel.stop", {}, caller("admin"))).rejects.toMatchObject({
      code: "GOVERNANCE_DENIED",
    });
    await platform.clock.advance(10);
    expect(kernel.state).toBe("running");
    await kernel.shutdown();
  });
});
