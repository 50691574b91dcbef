import {
  type AuditLog,
  auditLog,
  defineAction,
  type Guard,
  type Principal,
  type ProcessDirectory,
  type ProcessInfo,
  principals,
  processDirectory,
  toPid,
} from "@weftos/interface";
import { z } from "@weftos/schema";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, test } from "vitest";
import { Kernel } from "../../src/index.ts";
import { fakeFeature, guardFeatures, permit, recordedAudit } from "../fake-features.ts";

const owner = (name: string | undefined) => (name === undefined ? undefined : ({ name } as Principal));
const act = defineAction({
  name: "demo.act",
  input: z.strictObject({}),
  effect: {},
  audit: "durable",
  rights: [],
  run: () => "done",
});

async function boot() {
  const audit = recordedAudit();
  let name: string | undefined;
  let log: AuditLog | undefined;
  let guard: Guard | undefined;
  const people = fakeFeature({
    name: "people",
    needs: [auditLog],
    provisions: [
      {
        port: principals,
        value: {
          find: () => undefined,
          owner: () => owner(name),
          list: () => [],
          held: () => undefined,
          byToken: () => undefined,
          verify: () => false,
        },
      },
      {
        port: processDirectory,
        value: {
          find: (pid) => (pid === 8 ? ({ pid, name: "tidy", principal: "bob" } as ProcessInfo) : undefined),
          state: () => "running",
          list: () => [],
          held: () => undefined,
        } satisfies ProcessDirectory,
      },
    ],
    onCreate: (context) => {
      log = context.need(auditLog);
      guard = context.guard;
    },
    start: async () => {
      name = "ann";
      log?.append({ source: "people", kind: "people.opened", actor: { pid: 0 }, payload: {} });
    },
  });
  const features = [...guardFeatures({ audit, decide: () => permit({ cacheable: false }) }), people];
  const kernel = await Kernel.boot({ platform: memoryPlatform(), features, actions: [act] });
  return { audit, kernel, log: log as AuditLog, guard: guard as Guard };
}

describe("an event that names no principal", () => {
  test("is on behalf of the owner: what features append, from their start on, and what the guard records", async () => {
    const { audit, kernel, log, guard } = await boot();
    log.append({ source: "people", kind: "agent.exit", actor: { pid: 7, agent: "tidy" }, payload: {} });
    await kernel.perform(act, {}, { as: toPid(7) });
    const call = {
      subject: { kind: "process", id: "7" },
      resource: "x",
      attributes: {},
      actorPid: 7,
      target: 1,
      bytes: 0,
    } as const;
    expect(() => guard.performSync({ ...call, action: "nobody.knows" }, () => 1)).toThrow();
    await kernel.shutdown();
    const kinds = ["people.opened", "agent.exit", "action.intent", "demo.act", "governance.deny", "kernel.boot"];
    const found = audit.events.filter(({ kind }) => kinds.includes(kind));
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(kinds));
    for (const { actor } of found) expect(actor.principal).toBe("ann");
    expect(found.find(({ kind }) => kind === "agent.exit")?.actor).toEqual({ pid: 7, agent: "tidy", principal: "ann" });
  });

  test("is on behalf of who started the agent, where somebody did", async () => {
    const { audit, kernel, log } = await boot();
    for (const pid of [8, 9, 0]) log.append({ source: "people", kind: "agent.note", actor: { pid }, payload: {} });
    await kernel.perform(act, {}, { as: toPid(8) });
    await kernel.shutdown();
    const named = (wanted: string) =>
      audit.events.filter(({ kind }) => kind === wanted).map(({ actor }) => [actor.pid, actor.principal]);
    expect(named("agent.note")).toEqual([
      [8, "bob"],
      [9, "ann"],
      [0, "ann"],
    ]);
    expect(named("demo.act")).toEqual([[8, "bob"]]);
  });

  test("stays on behalf of whoever it names", async () => {
    const { audit, kernel, log } = await boot();
    log.append({ source: "people", kind: "x.y", actor: { principal: "bob" }, payload: {} });
    await kernel.perform(act, {}, { as: { kind: "principal", id: "eve", role: "admin" } });
    expect(audit.events.find(({ kind }) => kind === "x.y")?.actor).toEqual({ principal: "bob" });
    expect(audit.events.find(({ kind }) => kind === "demo.act")?.actor).toEqual({ principal: "eve" });
    await kernel.shutdown();
  });
});
