import { toHex } from "@weftos/crypto";
import type { AuditEvent, JsonObject } from "@weftos/interface";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reconciliation } from "../../../src/tree/reconcile.ts";
import { ResourceNodes } from "../../../src/tree/resource-nodes.ts";
import { TreeFold } from "../../../src/tree/tree-fold.ts";
import { TreeLog } from "../../../src/tree/tree-log.ts";
import { RecordedLog } from "../../support/recorded-log.ts";

const event = (kind: string, payload: JsonObject): AuditEvent => ({ source: "test", kind, actor: { pid: 0 }, payload });
const spawned = (pid: number) =>
  event("agent.spawn", { outcome: "ok", result: { pid, parent: 0, agent: `a${pid}`, backend: "inline" } });
const exited = (pid: number, reason = "normal") => event("agent.exit", { pid, agent: `a${pid}`, restarts: 0, reason });
const restarted = (oldPid: number, newPid: number) =>
  event("agent.restart", { outcome: "ok", result: { oldPid, newPid, count: 1, backoffMs: 0 } });
const changed = (...changes: JsonObject[]) => event("resource.change", { outcome: "ok", result: { changes } });

async function setUp() {
  const disk = new RecordedLog();
  const nodes = new ResourceNodes();
  const log = new TreeLog(nodes, -1, disk.write);
  log.reconcile("boot", reconciliation(nodes, []), false);
  await disk.flush();
  return { disk, nodes, log };
}

function folded(disk: RecordedLog): TreeFold {
  const fold = new TreeFold();
  for (const stored of disk.durable) fold.add(stored);
  return fold;
}

const ZEROS = "0".repeat(64);
const rootOf = ({ root }: { root: Uint8Array }): string => toHex(root);

describe("an event of a process", () => {
  test("carries its change and the root after it", async () => {
    const { disk, nodes, log } = await setUp();
    const { sequence } = log.append(spawned(7));
    await disk.flush();
    expect(disk.durable[sequence]?.payload?.tree).toEqual({
      root: rootOf(nodes),
      changes: [
        {
          op: "create",
          path: "/kernel/agents/7",
          kind: "agent",
          metadata: { name: "a7", backend: "inline", parent: 0, lineage: { parent: 0, parentHash: ZEROS, depth: 0 } },
        },
      ],
    });
    expect(nodes.require("/kernel/agents/7")).toMatchObject({ created: sequence, changed: sequence });
    log.append(exited(7));
    await disk.flush();
    expect(nodes.find("/kernel/agents/7")).toBeUndefined();
    expect(disk.durable.at(-1)?.payload?.tree).toMatchObject({
      changes: [{ op: "remove", path: "/kernel/agents/7", before: sequence }],
    });
  });

  test("makes a restarted agent a new node that names the old one and keeps what is known of it", async () => {
    const { disk, nodes, log } = await setUp();
    log.append(spawned(7));
    log.append(exited(7, "crash"));
    log.append(restarted(7, 8));
    await disk.flush();
    expect(nodes.require("/kernel/agents/8")).toMatchObject({
      metadata: { name: "a7", backend: "inline", parent: 0, replaces: 7, restarts: 1 },
      scoring: [410_000, 440_000, 500_000, 380_000, 380_000, 500_000],
    });
    expect(rootOf(folded(disk).nodes)).toBe(rootOf(nodes));
  });

  test("raises the scores after a good end, and leaves them when others ended it", async () => {
    const { log, nodes } = await setUp();
    for (const [pid, reason] of [
      [1, "normal"],
      [2, "killed"],
    ] as const) {
      log.append(spawned(pid));
      log.append(exited(pid, reason));
      log.append(restarted(pid, pid + 10));
    }
    expect(nodes.require("/kernel/agents/11").scoring[0]).toBe(590_000);
    expect(nodes.require("/kernel/agents/12").scoring[0]).toBe(500_000);
  });

  test("leaves no node of an agent whose end was recorded before its start", async () => {
    const { disk, nodes, log } = await setUp();
    log.append(exited(7));
    log.append(spawned(7));
    await disk.flush();
    expect(nodes.find("/kernel/agents/7")).toBeUndefined();
    expect(disk.durable.at(-1)?.payload?.tree).toMatchObject({ changes: [{ op: "create" }, { op: "remove" }] });
    expect(folded(disk).faults).toEqual([]);
  });

  test.each([
    ["a start that failed", event("agent.spawn", { outcome: "failed", error: "AGENT_LOAD_FAILED" })],
    ["a start without a PID", event("agent.spawn", { outcome: "ok", result: { pid: "7" } })],
    ["a restart that failed", event("agent.restart", { outcome: "failed", error: "X" })],
    ["an end without a PID", event("agent.exit", { reason: "normal" })],
    ["a change that failed", event("resource.change", { outcome: "failed", error: "X" })],
    ["an event of another kind", event("tool.called", { tree: { root: "oak", changes: [] } })],
  ])("says nothing of the tree when it is %s", async (_what, other) => {
    const { disk, nodes, log } = await setUp();
    const before = rootOf(nodes);
    log.append(other);
    await disk.flush();
    expect(disk.durable.at(-1)?.payload).toEqual(other.payload);
    expect([rootOf(nodes), rootOf(folded(disk).nodes), folded(disk).faults]).toEqual([before, before, []]);
  });
});

describe("what the caller says of the tree", () => {
  test.each([
    ["in an event of a process", event("agent.exit", { pid: 7, tree: { root: "", changes: [] } })],
    ["as the kernel", event("resource.reconcile", { reason: "boot" })],
    ["under a key that may be there already", { ...spawned(7), idempotencyKey: "once" }],
  ])("is refused %s", async (_where, forged) => {
    const { disk, log } = await setUp();
    expect(() => log.append(forged)).toThrow(expect.objectContaining({ code: "CHAIN_EVENT_INVALID" }));
    expect(disk.size).toBe(1);
  });

  test("is refused when it cannot be, and then nothing is recorded", async () => {
    const { disk, nodes, log } = await setUp();
    const before = rootOf(nodes);
    expect(() => log.append(changed({ op: "remove", path: "/gone" }))).toThrow(
      expect.objectContaining({ code: "TREE_NOT_FOUND" }),
    );
    expect(() => log.append(changed({ op: "burn", path: "/apps" }))).toThrow(
      expect.objectContaining({ code: "TREE_CHANGE_INVALID" }),
    );
    expect([disk.size, rootOf(nodes)]).toEqual([1, before]);
  });
});

describe("a disk that fails", () => {
  test("takes the changes back that it lost", async () => {
    const { disk, nodes, log } = await setUp();
    log.append(spawned(7));
    await disk.flush();
    const before = rootOf(nodes);
    log.append(spawned(8));
    log.append(changed({ op: "create", path: "/apps/x", kind: "app", metadata: {} }));
    expect(log.settled).toBe(false);
    await disk.fail();
    expect([rootOf(nodes), log.settled, log.last]).toEqual([before, true, 1]);
    log.append(spawned(9));
    await disk.flush();
    expect(rootOf(folded(disk).nodes)).toBe(rootOf(nodes));
  });

  test("that lost what an opening brought in line gets it before the next change", async () => {
    const disk = new RecordedLog();
    const nodes = new ResourceNodes();
    const log = new TreeLog(nodes, -1, disk.write);
    const changes = reconciliation(nodes, []);
    log.reconcile("boot", changes.slice(0, 4), true);
    log.reconcile("boot", changes.slice(4), false);
    const root = rootOf(nodes);
    await disk.fail();
    expect([nodes.size, log.last]).toEqual([1, -1]);
    disk.writable = false;
    expect(() => log.append(spawned(7))).toThrow(expect.objectContaining({ code: "CHAIN_NOT_WRITABLE" }));
    disk.writable = true;
    log.append(exited(6));
    expect(rootOf(nodes)).toBe(root);
    log.append(spawned(7));
    await disk.flush();
    expect(disk.durable.map(({ kind }) => kind)).toEqual([
      "resource.reconcile",
      "resource.reconcile",
      "agent.exit",
      "agent.spawn",
    ]);
    expect(folded(disk).faults).toEqual([]);
    expect(rootOf(folded(disk).nodes)).toBe(rootOf(nodes));
  });

  test("makes up for thousands of ends that it refused in changes that stay within their bounds", {
    timeout: 60_000,
  }, async () => {
    const { disk, nodes, log } = await setUp();
    for (let pid = 1; pid <= 1200; pid++) log.append(spawned(pid));
    await disk.flush();
    disk.writable = false;
    for (let pid = 1; pid <= 1200; pid++) expect(() => log.append(exited(pid))).toThrow();
    disk.writable = true;
    for (let pid = 2001; pid <= 2024; pid++) log.append(spawned(pid));
    await disk.flush();
    expect(nodes.require("/kernel/agents").children.size).toBe(24);
    const fold = folded(disk);
    expect(fold.found()).toEqual([]);
    expect(rootOf(fold.nodes)).toBe(rootOf(nodes));
  });

  test("does not keep the node of an agent whose end it lost", async () => {
    const { disk, nodes, log } = await setUp();
    log.append(spawned(7));
    log.append(spawned(8));
    await disk.flush();
    log.append(exited(7));
    await disk.fail();
    disk.writable = false;
    expect(() => log.append(exited(8))).toThrow(expect.objectContaining({ code: "CHAIN_NOT_WRITABLE" }));
    expect(nodes.find("/kernel/agents/7")).toBeDefined();
    disk.writable = true;
    log.append(spawned(9));
    await disk.flush();
    expect([...nodes.require("/kernel/agents").children.values()].map(({ path }) => path)).toEqual([
      "/kernel/agents/9",
    ]);
    expect(rootOf(folded(disk).nodes)).toBe(rootOf(nodes));
  });
});

describe("folding the log", () => {
  test("gives the tree in memory after any events, losses and restarts", async () => {
    const act = fc.oneof(
      fc.record({ act: fc.constant("spawn" as const), pid: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ act: fc.constant("exit" as const), pid: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ act: fc.constant("restart" as const), pid: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ act: fc.constant("create" as const), pid: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ act: fc.constant("remove" as const), pid: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ act: fc.constantFrom("flush" as const, "fail" as const, "crash" as const), pid: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
        let { disk, nodes, log } = await setUp();
        const attempt = (one: AuditEvent): void => {
          try {
            log.append(one);
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^TREE_/) });
          }
        };
        for (const { act, pid } of acts) {
          if (act === "spawn") attempt(spawned(pid));
          else if (act === "exit") attempt(exited(pid, pid % 2 === 0 ? "crash" : "normal"));
          else if (act === "restart") attempt(restarted(pid, pid + 10));
          else if (act === "create") {
            attempt(changed({ op: "create", path: `/apps/x${pid}`, kind: "app", metadata: { pid } }));
          } else if (act === "remove") attempt(changed({ op: "remove", path: `/apps/x${pid}` }));
          else if (act === "flush") await disk.flush();
          else {
            await disk.fail();
            if (act === "crash") {
              const fold = folded(disk);
              expect(fold.sound).toBe(true);
              nodes = fold.nodes;
              log = new TreeLog(nodes, fold.last, disk.write);
              const changes = reconciliation(nodes, []);
              if (changes.length > 0) log.reconcile("boot", changes, false);
              expect(nodes.require("/kernel/agents").children.size).toBe(0);
            }
          }
        }
        await disk.flush();
        const fold = folded(disk);
        expect(fold.faults).toEqual([]);
        expect([rootOf(fold.nodes), fold.nodes.size, fold.last]).toEqual([rootOf(nodes), nodes.size, log.last]);
      }),
      { numRuns: 200 },
    );
  });

  test("finds a root that was not recorded so, a change that cannot be, and a record that is none", async () => {
    const { disk, log } = await setUp();
    log.append(spawned(7));
    await disk.flush();
    const [boot, spawn] = disk.durable as [(typeof disk.durable)[0], (typeof disk.durable)[0]];
    const tree = spawn.payload?.tree as JsonObject;
    for (const forged of [
      { ...tree, root: "00".repeat(32) },
      { ...tree, changes: [] },
      { ...tree, changes: [{ op: "remove", path: "/none" }] },
      { ...tree, changes: "all" },
      { ...tree, root: 7 },
      { ...tree, reset: 1 },
      "oak",
    ]) {
      const fold = new TreeFold();
      fold.add(boot);
      fold.add({ ...spawn, payload: { ...spawn.payload, tree: forged } });
      expect(fold.sound).toBe(false);
      expect(fold.faults).toHaveLength(1);
      expect(fold.faults[0]?.sequence).toBe(1);
    }
  });

  test("stands still behind a redacted event that mattered, until the tree begins anew", async () => {
    const { disk, nodes, log } = await setUp();
    log.append(spawned(7));
    log.append(spawned(8));
    const fresh = new ResourceNodes();
    new TreeLog(fresh, -1, disk.write).reconcile("boot", reconciliation(fresh, []), true);
    await disk.flush();
    const [boot, first, second, reset] = disk.durable as [
      (typeof disk.durable)[0],
      (typeof disk.durable)[0],
      (typeof disk.durable)[0],
      (typeof disk.durable)[0],
    ];
    const fold = new TreeFold();
    fold.add(boot);
    fold.add({ ...first, payload: undefined, redacted: true });
    expect(fold.sound).toBe(false);
    fold.add(second);
    expect([fold.sound, fold.faults.length]).toEqual([false, 1]);
    fold.add(reset);
    expect([fold.sound, rootOf(fold.nodes)]).toEqual([true, rootOf(fresh)]);
    expect(nodes.size).toBeGreaterThan(fresh.size);
  });

  test("goes on behind a redacted event that changed nothing", async () => {
    const { disk, nodes, log } = await setUp();
    log.append(event("agent.spawn", { outcome: "failed", error: "X" }));
    log.append(spawned(8));
    await disk.flush();
    const fold = new TreeFold();
    for (const stored of disk.durable) {
      fold.add(stored.sequence === 1 ? { ...stored, payload: undefined, redacted: true } : stored);
    }
    expect([fold.sound, fold.faults, rootOf(fold.nodes)]).toEqual([true, [], rootOf(nodes)]);
  });
});
