import { toHex } from "@weftos/crypto";
import type { AuditEvent, JsonObject } from "@weftos/interface";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Lineage, lineageHash, readLineage } from "../../../src/tree/lineage.ts";
import { reconciliation } from "../../../src/tree/reconcile.ts";
import { ResourceNodes } from "../../../src/tree/resource-nodes.ts";
import { TreeFold } from "../../../src/tree/tree-fold.ts";
import { TreeLog } from "../../../src/tree/tree-log.ts";
import { boot, spawned } from "../../support/booted-tree.ts";
import { testPlatform } from "../../support/chain-fixture.ts";
import { RecordedLog } from "../../support/recorded-log.ts";

const event = (kind: string, payload: JsonObject): AuditEvent => ({ source: "test", kind, actor: { pid: 0 }, payload });
const exited = (pid: number) => event("agent.exit", { pid, agent: `a${pid}`, restarts: 0, reason: "normal" });
const restarted = (oldPid: number, newPid: number) =>
  event("agent.restart", { outcome: "ok", result: { oldPid, newPid, count: 1, backoffMs: 0 } });

async function recorded(...events: readonly AuditEvent[]) {
  const disk = new RecordedLog();
  const nodes = new ResourceNodes();
  const log = new TreeLog(nodes, -1, disk.write);
  log.reconcile("boot", reconciliation(nodes, []), false);
  for (const each of events) log.append(each);
  await disk.flush();
  return { disk, nodes, lineage: (pid: number) => readLineage(nodes.find(`/kernel/agents/${pid}`)?.metadata) };
}

function fold(disk: RecordedLog): TreeFold {
  const folded = new TreeFold();
  for (const stored of disk.durable) folded.add(stored);
  return folded;
}

/** A stored event whose agent says another lineage, with the root that fits it: what a forger with the keys would write. */
function forge(disk: RecordedLog, at: number, forged: (metadata: JsonObject) => JsonObject): RecordedLog {
  const before = new TreeFold();
  for (const stored of disk.durable.slice(0, at)) before.add(stored);
  const stored = disk.durable[at];
  const tree = stored?.payload?.tree as { changes: { path: string; kind: "agent"; metadata: JsonObject }[] };
  const [change] = tree.changes;
  if (stored === undefined || change === undefined) throw new Error("no such event");
  const create = { op: "create", path: change.path, kind: change.kind, metadata: forged(change.metadata) } as const;
  before.nodes.apply([create]);
  const copy = new RecordedLog();
  copy.durable.push(...disk.durable.slice(0, at), {
    ...stored,
    payload: { ...stored.payload, tree: { root: toHex(before.nodes.root), changes: [create] } },
  });
  return copy;
}

describe("the lineage of an agent", () => {
  test("names who started it by the hash of that one's own, one deeper", async () => {
    const { lineage } = await recorded(spawned(7), spawned(8, 7), spawned(9, 8));
    const [first, second] = [lineage(7) as Lineage, lineage(8) as Lineage];
    expect(first).toEqual({ parent: 0, parentHash: "0".repeat(64), depth: 0 });
    expect(second).toEqual({ parent: 7, parentHash: lineageHash(7, "a7", first), depth: 1 });
    expect(lineage(9)).toEqual({ parent: 8, parentHash: lineageHash(8, "a8", second), depth: 2 });
  });

  test("goes on over the end of its parent and over a restart", async () => {
    const { disk, lineage } = await recorded(
      ...[spawned(7), spawned(8, 7), exited(7), spawned(9, 7), exited(8), restarted(8, 10), spawned(11, 10)],
    );
    expect(lineage(9)?.depth).toBe(1);
    expect(lineage(10)).toMatchObject({ parent: 7, depth: 1 });
    expect(lineage(11)).toMatchObject({ parent: 10, depth: 2 });
    expect(fold(disk).found()).toEqual([]);
  });

  test.each([
    ["another parent hash", (said: Lineage) => ({ ...said, parentHash: "a".repeat(64) }), "hash"],
    ["another depth", (said: Lineage) => ({ ...said, depth: 2 }), "depth 2, expected 1"],
    ["another parent", (said: Lineage) => ({ ...said, parent: 0 }), "names 0 as parent"],
    ["no lineage", () => undefined, "has none"],
    ["another form", () => ({ depth: 1 }), "expected parent"],
  ])("with %s is refused by who folds the events, though the root fits", async (_what, wrong, reason) => {
    const { disk } = await recorded(spawned(7), spawned(8, 7));
    const forged = forge(disk, 2, ({ lineage, ...rest }) => {
      const said = wrong(lineage as unknown as Lineage);
      return said === undefined ? rest : { ...rest, lineage: said as unknown as JsonObject };
    });
    expect(fold(disk).found()).toEqual([]);
    expect(fold(forged).found()).toMatchObject([{ sequence: 2, reason: expect.stringContaining(reason) }]);
  });

  test("of a parent that nothing is recorded of is refused", async () => {
    const { disk } = await recorded(spawned(7));
    const lineage = { parent: 99, parentHash: "a".repeat(64), depth: 3 };
    const forged = forge(disk, 1, (metadata) => ({ ...metadata, parent: 99, lineage }));
    expect(fold(forged).found()).toMatchObject([{ reason: expect.stringContaining("nothing is recorded") }]);
  });

  test("holds for any order of starts, ends and restarts", async () => {
    const step = fc.record({ what: fc.constantFrom("spawn", "spawn", "exit", "restart"), at: fc.nat(20) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const events: AuditEvent[] = [];
        const depth = new Map([[0, -1]]);
        const alive: number[] = [0];
        for (const [index, { what, at }] of steps.entries()) {
          const pid = alive[at % alive.length] as number;
          if (what === "spawn") {
            events.push(spawned(100 + index, pid));
            depth.set(100 + index, (depth.get(pid) as number) + 1);
            alive.push(100 + index);
          } else if (pid !== 0) {
            events.push(exited(pid));
            alive.splice(alive.indexOf(pid), 1);
            if (what === "restart") {
              events.push(restarted(pid, 100 + index));
              depth.set(100 + index, depth.get(pid) as number);
              alive.push(100 + index);
            }
          }
        }
        const { disk, lineage } = await recorded(...events);
        expect(fold(disk).found()).toEqual([]);
        for (const pid of alive) if (pid !== 0) expect(lineage(pid)?.depth).toBe(depth.get(pid));
      }),
      { numRuns: 100 },
    );
  });

  test("is told from the agent up, those that ended from the chain", async () => {
    const { view, tree, chain } = await boot(testPlatform());
    for (const each of [spawned(7), spawned(8, 7), exited(7)]) tree.append(each);
    await chain.flush();
    expect(await view.lineage(8)).toMatchObject([
      { pid: 8, name: "a8", depth: 1, lives: true },
      { pid: 7, name: "a7", depth: 0, lives: false },
    ]);
    await expect(view.lineage(99)).rejects.toMatchObject({ code: "TREE_NOT_FOUND" });
  });
});
