import type { JsonValue } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { commands } from "../../../src/commands/command-table.ts";
import { plainContext as context } from "./plain-context.ts";

const scores = { trust: 0.65, performance: 0.5, difficulty: 0.5, reward: 0.25, reliability: 0.5, velocity: 0.5 };
const root = "ab".repeat(32);

async function show(name: string, result: object): Promise<readonly string[]> {
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined || !("method" in command)) throw new Error(`${name} has no view`);
  return (await command.view()).view(result as JsonValue, context).split("\n");
}

const params = (name: string, words: readonly string[], values = {}): unknown => {
  const command = commands.find((candidate) => candidate.name === name);
  return command !== undefined && "params" in command ? command.params?.(words, values) : undefined;
};

describe("the commands on the resource tree", () => {
  it("resource tree indents what is below, with kind and facts, and says what it left out", async () => {
    const nodes = [
      { path: "/kernel/agents", kind: "namespace", metadata: {} },
      { path: "/kernel/agents/7", kind: "agent", metadata: { name: "reader", parent: 0 } },
    ];
    expect(await show("resource tree", { root, total: 9, nodes })).toEqual([
      "/kernel/agents  namespace",
      "  7  agent name=reader parent=0",
      "… and 7 more: --limit, --depth",
      "",
      `root ${root}`,
    ]);
    expect(params("resource tree", [])).toEqual({});
    expect(params("resource tree", ["/apps"], { depth: "2", limit: "5" })).toEqual({
      path: "/apps",
      depth: 2,
      limit: 5,
    });
    expect(() => params("resource tree", [], { depth: "33" })).toThrow(expect.objectContaining({ code: "API_USAGE" }));
  });

  it("resource inspect shows facts, scores, events and proof", async () => {
    const node = {
      path: "/apps/x",
      kind: "app",
      metadata: { version: 3 },
      scores,
      children: 0,
      created: 4,
      changed: 9,
      hash: root,
      proof: {
        root,
        above: [
          { own: root, steps: [{ bit: 1, sibling: root }] },
          { own: root, steps: [] },
        ],
      },
    };
    const lines = await show("resource inspect", node);
    expect(lines).toEqual(
      expect.arrayContaining([
        "path        /apps/x",
        "facts       version 3",
        "made by     event 4",
        "changed by  event 9",
        `proof       1 steps to the root ${root}`,
        "more        weaver resource history /apps/x",
      ]),
    );
    expect(await show("resource inspect", { ...node, created: null, metadata: {} })).toEqual(
      expect.arrayContaining(["facts       none", "made by     no event: it belongs to every tree"]),
    );
  });

  it("resource history is one line for each event", async () => {
    const events = [
      { sequence: 9, time: 0, kind: "resource.change", root, changes: [{ op: "score", scoring: [1, 2, 3, 4, 5, 6] }] },
      {
        sequence: 4,
        time: 0,
        kind: "agent.spawn",
        root,
        changes: [{ op: "create", kind: "agent", metadata: { a: 1 } }],
      },
    ];
    expect(await show("resource history", { path: "/apps/x", events })).toEqual([
      "EVENT  TIME                  KIND             CHANGE                          ROOT AFTER IT",
      "    9  1970-01-01 00:00:00Z  resource.change  score scoring 1, 2, 3, 4, 5, 6  abababababab",
      "    4  1970-01-01 00:00:00Z  agent.spawn      create agent a=1                abababababab",
    ]);
    expect(await show("resource history", { path: "/apps/y", events: [] })).toEqual(["nothing is recorded of /apps/y"]);
  });

  it("resource stats, score and rank show their figures", async () => {
    const stats = { nodes: 3, depth: 2, kinds: { tool: 1, namespace: 2 }, root, changed: 7 };
    expect(await show("resource stats", stats)).toEqual([
      "nodes       3",
      "depth       2",
      "namespace   2",
      "tool        1",
      `root        ${root}`,
      "changed by  event 7",
    ]);
    const scored = { path: "/apps", kind: "namespace", composite: 0.512, scores, below: scores, children: 0 };
    const lines = await show("resource score", scored);
    expect(lines[0]).toBe("/apps  namespace, composite 0.512");
    expect(lines[3]).toBe("trust        0.650      -");
    expect((await show("resource score", { ...scored, children: 2 }))[3]).toBe("trust        0.650  0.650");
    expect((await show("resource rank", { resources: [scored] }))[1]).toMatch(
      /^ {4}0\.512 +0\.650 .* namespace {2}\/apps$/,
    );
    expect(await show("resource rank", { resources: [] })).toEqual(["no resource is like that"]);
    expect(params("resource rank", [], { kind: "agent" })).toEqual({ kind: "agent" });
  });

  it("resource verify fails the command when the tree differs", async () => {
    const found = { valid: false, changes: 3, root, folded: root, faults: [{ sequence: 4, reason: "no such root" }] };
    const lines = await show("resource verify", found);
    expect(lines[0]).toBe("tree     the chain does not give this tree");
    expect(lines.at(-1)).toBe("faults   event 4: no such root");
    expect((await show("resource verify", { ...found, valid: true, faults: [] })).at(-1)).toBe("faults   none");
    const command = commands.find(({ name }) => name === "resource verify");
    const failed = command !== undefined && "failed" in command ? command.failed : undefined;
    expect([failed?.(found as JsonValue), failed?.({ valid: true }), failed?.(null)]).toEqual([true, false, true]);
  });
});
