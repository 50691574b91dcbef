import { toHex } from "@weftos/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ResourceNodes } from "../../../src/tree/resource-nodes.ts";
import { proveNode, verifyResource } from "../../../src/tree/resource-proof.ts";
import { NEUTRAL } from "../../../src/tree/scoring.ts";
import type { TreeChange } from "../../../src/tree/tree-change.ts";

const create = (path: string, kind: "app" | "agent" | "tool" = "app", metadata = {}): TreeChange => ({
  op: "create",
  path,
  kind,
  metadata,
});

function treeOf(...changes: TreeChange[]): ResourceNodes {
  const nodes = new ResourceNodes();
  nodes.apply(changes);
  return nodes;
}

const rootOf = (nodes: ResourceNodes): string => toHex(nodes.root);

describe("the tree", () => {
  test.each<[string, TreeChange[], string]>([
    ["a node whose parent is not there", [create("/a/b")], "TREE_PARENT_MISSING"],
    ["a node that is there", [create("/a"), create("/a")], "TREE_EXISTS"],
    ["the root once more", [create("/")], "TREE_EXISTS"],
    ["a node that has children gone", [create("/a"), create("/a/b"), { op: "remove", path: "/a" }], "TREE_NOT_EMPTY"],
    ["the root gone", [{ op: "remove", path: "/" }], "TREE_PROTECTED"],
    ["a standard namespace gone", [create("/apps"), { op: "remove", path: "/apps" }], "TREE_PROTECTED"],
    ["what is not there gone", [{ op: "remove", path: "/a" }], "TREE_NOT_FOUND"],
    ["facts about what is not there", [{ op: "update", path: "/a", metadata: {} }], "TREE_NOT_FOUND"],
    ["scores of what is not there", [{ op: "score", path: "/a", scoring: NEUTRAL }], "TREE_NOT_FOUND"],
    ["a node below an agent", [create("/a", "agent"), create("/a/b")], "TREE_CHANGE_INVALID"],
    ["a path that is none", [create("/a/..")], "TREE_PATH_INVALID"],
    [
      "metadata that grew too large",
      [create("/a"), { op: "update", path: "/a", metadata: { text: "x".repeat(5000) } }],
      "TREE_CHANGE_INVALID",
    ],
  ])("refuses %s, and all that came with it", (_what, changes, code) => {
    const nodes = new ResourceNodes();
    const before = rootOf(nodes);
    expect(() => nodes.apply(changes)).toThrow(expect.objectContaining({ code }));
    expect([rootOf(nodes), nodes.size]).toEqual([before, 1]);
  });

  test.each<[string, TreeChange[]]>([
    ["path", [create("/b", "app", { a: 1 })]],
    ["kind", [create("/a", "tool", { a: 1 })]],
    ["metadata", [create("/a", "app", { a: 2 })]],
    ["a field that moved into a value", [create("/a", "app", { a1: "" })]],
    ["scores", [{ ...create("/a", "app", { a: 1 }), scoring: [1, 2, 3, 4, 5, 6] } as TreeChange]],
    ["what is below", [create("/a", "app", { a: 1 }), create("/a/b")]],
  ])("has another root with another %s", (_what, changes) => {
    expect(rootOf(treeOf(...changes))).not.toBe(rootOf(treeOf(create("/a", "app", { a: 1 }))));
  });

  test("tells two namespaces of different names apart", () => {
    const apps = treeOf(create("/x"), create("/x/1"), create("/y"));
    const other = treeOf(create("/x"), create("/y"), create("/y/1"));
    expect(rootOf(apps)).not.toBe(rootOf(other));
  });

  test("removes fields that are set to null", () => {
    const nodes = treeOf(create("/a", "app", { a: 1, b: 2 }), {
      op: "update",
      path: "/a",
      metadata: { a: null, c: 3 },
    });
    expect(nodes.require("/a").metadata).toEqual({ b: 2, c: 3 });
  });

  test("takes changes back, whatever they were", () => {
    const nodes = treeOf(create("/a", "app", { a: 1 }), create("/b"), create("/b/c"));
    nodes.stamp([create("/a")], 4);
    const before = rootOf(nodes);
    const undo = nodes.apply([
      { op: "update", path: "/a", metadata: { a: 2 } },
      { op: "score", path: "/a", scoring: [1, 1, 1, 1, 1, 1] },
      { op: "remove", path: "/b/c" },
      { op: "remove", path: "/b" },
      create("/d"),
      create("/d/e"),
    ]);
    expect(rootOf(nodes)).not.toBe(before);
    nodes.stamp([{ op: "score", path: "/a", scoring: NEUTRAL }], 5);
    undo();
    expect(rootOf(nodes)).toBe(before);
    expect([nodes.require("/a").created, nodes.require("/a").changed, nodes.size]).toEqual([4, 4, 4]);
  });

  test("walks down in the order of names", () => {
    const nodes = treeOf(create("/b"), create("/a"), create("/a/z"), create("/a/y"));
    expect([...nodes.below("/")].map(({ path }) => path)).toEqual(["/", "/a", "/a/y", "/a/z", "/b"]);
    expect([...nodes.below("/a")].map(({ path }) => path)).toEqual(["/a", "/a/y", "/a/z"]);
  });
});

describe("the proof of a node", () => {
  const nodes = treeOf(
    create("/apps"),
    ...Array.from({ length: 30 }, (_, i) => create(`/apps/app${i}`, "app", { n: i })),
    create("/apps/app7/part", "tool"),
  );
  const root = rootOf(nodes);

  test.each(["/", "/apps", "/apps/app7", "/apps/app7/part"])("of %s holds for the root", (path) => {
    expect(verifyResource(proveNode(nodes.require(path)), root)).toBe(true);
  });

  test("does not hold when anything in it is changed", () => {
    const proof = proveNode(nodes.require("/apps/app7"));
    const [first, ...rest] = proof.above;
    const forged = [
      { ...proof, path: "/apps/app8" },
      { ...proof, path: "/apps/app7/part" },
      { ...proof, path: "apps/app7" },
      { ...proof, kind: "tool" as const },
      { ...proof, metadata: { n: 8 } },
      { ...proof, scoring: [0, 0, 0, 0, 0, 0] as const },
      { ...proof, children: "" },
      { ...proof, children: "00".repeat(32) },
      { ...proof, children: `${proof.children}00` },
      { ...proof, children: `0000${proof.children.slice(4)}` },
      { ...proof, children: "zz" },
      { ...proof, above: rest },
      { ...proof, above: [...proof.above, { own: "00".repeat(32), steps: [] }] },
      { ...proof, above: [{ own: first?.own ?? "", steps: (first?.steps ?? []).slice(1) }, ...rest] },
      { ...proof, above: [{ own: "11".repeat(32), steps: first?.steps ?? [] }, ...rest] },
    ];
    for (const wrong of forged) expect(verifyResource(wrong, root)).toBe(false);
    expect(verifyResource(proof, "00".repeat(32))).toBe(false);
  });
});

describe("the root", () => {
  test("follows from what is there alone", () => {
    const paths = fc.uniqueArray(fc.stringMatching(/^(\/[abc]){1,4}$/), { maxLength: 20 });
    fc.assert(
      fc.property(paths, paths, (kept, passing) => {
        const all = (list: readonly string[]): string[] => {
          const withParents = list.flatMap((path) => {
            const parts = path.slice(1).split("/");
            return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
          });
          return [...new Set(withParents)].sort();
        };
        const wanted = all(kept);
        const extra = all(passing).filter((path) => !wanted.includes(path));
        const nodes = treeOf(...all([...wanted, ...extra]).map((path) => create(path)));
        nodes.apply(extra.reverse().map((path) => ({ op: "remove", path })));
        expect(rootOf(nodes)).toBe(rootOf(treeOf(...wanted.map((path) => create(path)))));
      }),
    );
  });
});
