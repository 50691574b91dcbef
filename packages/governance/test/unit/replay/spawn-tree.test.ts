import type { AuditReader, JsonObject, RecordedEvent } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { SpawnTree, spawnTree } from "../../../src/replay/spawn-tree.ts";

const event = (kind: string, payload: JsonObject | undefined): RecordedEvent => ({
  sequence: 0,
  source: "process",
  time: 0,
  kind,
  actor: {},
  payload,
});
const spawn = (pid: number, parent: number, agent: string, outcome = "ok") =>
  event("agent.spawn", { outcome, result: { pid, parent, agent } });

describe("the tree of starts", () => {
  it("knows who started whom, through restarts, and passes over what failed, was redacted or is something else", async () => {
    const events = [
      spawn(1, 0, "boss"),
      spawn(2, 1, "clerk"),
      spawn(3, 1, "never", "failed"),
      event("agent.spawn", undefined),
      event("agent.exit", { outcome: "ok", result: { pid: 4, parent: 0, agent: "gone" } }),
      event("agent.restart", { outcome: "ok", result: { oldPid: 2, newPid: 5 } }),
      event("agent.restart", { outcome: "ok", result: { oldPid: 77, newPid: 6 } }),
      event("agent.restart", { outcome: "failed", result: { oldPid: 2, newPid: 7 } }),
    ];
    const asked: unknown[] = [];
    const reader: AuditReader = {
      async *events(filter) {
        asked.push(filter?.kind);
        yield* events;
      },
    };
    const tree = await spawnTree(reader);
    expect(asked).toEqual(["agent.*"]);
    expect(["1", "2", "3", "4", "5", "6", "7"].map((pid) => tree.find(pid))).toEqual([
      { name: "boss", parent: 0 },
      { name: "clerk", parent: 1 },
      undefined,
      undefined,
      { name: "clerk", parent: 1 },
      undefined,
      undefined,
    ]);
  });

  it("forgets the oldest of more than it keeps", () => {
    const tree = new SpawnTree();
    for (let pid = 1; pid <= 100_001; pid++) tree.read(spawn(pid, 0, "a"));
    expect([tree.find("1"), tree.find("2")]).toEqual([undefined, { name: "a", parent: 0 }]);
  });
});
