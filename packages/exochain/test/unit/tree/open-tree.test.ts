import { decodeCanonical, encodeCanonical, shake256 } from "@weftos/crypto";
import type { JsonObject, JsonValue, ResourceSource } from "@weftos/interface";
import { describe, expect, test } from "vitest";
import { resourceMethods } from "../../../src/tree/resource-methods.ts";
import { verifyResource } from "../../../src/tree/resource-proof.ts";
import type { Resources } from "../../../src/tree/resources.ts";
import { boot, event, spawned } from "../../support/booted-tree.ts";
import { DIR, type TestPlatform, testPlatform } from "../../support/chain-fixture.ts";

const SNAPSHOT = `${DIR}/cache/resources`;
const service = (owner: string, metadata: JsonObject = {}): ResourceSource => ({
  owner,
  resources: () => [{ path: `/kernel/services/${owner}`, kind: "service", metadata }],
});
const fileTool: ResourceSource = {
  owner: "tools",
  resources: () => [{ path: "/kernel/tools/fs/stat", kind: "tool" }],
};
describe("opening the tree", () => {
  test("makes namespaces and the nodes of features in one event, and nothing at the next boot", async () => {
    const platform = testPlatform();
    const first = await boot(platform, [service("ipc"), fileTool]);
    await first.chain.flush();
    expect(first.chain.status().events).toBe(2);
    expect(first.view.find("/kernel/tools/fs/stat")).toMatchObject({
      kind: "tool",
      created: 1,
      metadata: { owner: "tools" },
    });
    expect(first.view.find("/kernel/tools/fs")).toMatchObject({ kind: "namespace", metadata: { owner: "tools" } });
    const { root } = first.view;
    await first.stop();
    const second = await boot(platform, [service("ipc"), fileTool]);
    await second.chain.flush();
    expect([second.chain.status().events, second.view.root]).toEqual([2, root]);
  });

  test("follows what features say of themselves now", async () => {
    const platform = testPlatform();
    const first = await boot(platform, [service("ipc", { a: 1, b: 1 }), fileTool]);
    await first.view.change([{ op: "create", path: "/apps/mine", kind: "app", metadata: { a: 1 } }]);
    await first.stop();
    const second = await boot(platform, [service("ipc", { b: 2 })]);
    expect(second.view.find("/kernel/services/ipc")?.metadata).toEqual({ b: 2, owner: "ipc" });
    expect(second.view.find("/kernel/tools/fs")).toBeUndefined();
    expect(second.view.find("/apps/mine")).toBeDefined();
    expect(await second.view.verify()).toMatchObject({ valid: true, changes: 3 });
  });

  test("lets a node that somebody made where a feature wants one say what it says", async () => {
    const platform = testPlatform();
    const first = await boot(platform);
    await first.view.change([
      { op: "create", path: "/kernel/services/ipc", kind: "service", metadata: { mine: true } },
    ]);
    await first.stop();
    const second = await boot(platform, [service("ipc", { theirs: true })]);
    expect(second.view.find("/kernel/services/ipc")?.metadata).toEqual({ mine: true });
  });

  test("removes agents of a kernel that is gone, after a crash too", async () => {
    const platform = testPlatform();
    const first = await boot(platform);
    await first.tree.append(spawned(7)).durable;
    const { root } = first.view;
    await first.crash();
    const second = await boot(platform);
    expect(second.view.list("/kernel/agents").map(({ path }) => path)).toEqual(["/kernel/agents"]);
    const history = await second.view.history("/kernel/agents/7");
    expect(history.map(({ kind, changes }) => [kind, changes[0]?.op])).toEqual([
      ["resource.reconcile", "remove"],
      ["agent.spawn", "create"],
    ]);
    expect(history[1]?.root).toBe(root);
  });

  test("splits what does not fit one event", async () => {
    const platform = testPlatform();
    const many: ResourceSource = {
      owner: "tools",
      resources: () => Array.from({ length: 700 }, (_, i) => ({ path: `/kernel/tools/t${i}`, kind: "tool" as const })),
    };
    const booted = await boot(platform, [many]);
    await booted.chain.flush();
    expect(booted.chain.status().events).toBe(3);
    expect(await booted.view.verify()).toMatchObject({ valid: true, changes: 2 });
  });
});

describe("the snapshot", () => {
  async function stopped(): Promise<{ platform: TestPlatform; root: string }> {
    const platform = testPlatform();
    const first = await boot(platform, [service("ipc")]);
    await first.view.change([{ op: "create", path: "/apps/a", kind: "app", metadata: { n: 1 } }]);
    const { root } = first.view;
    await first.stop();
    return { platform, root };
  }

  test("may be gone", async () => {
    const { platform, root } = await stopped();
    await platform.files.remove(SNAPSHOT);
    const second = await boot(platform, [service("ipc")]);
    expect(second.view.root).toBe(root);
    expect(second.view.find("/apps/a")).toMatchObject({ created: 2, changed: 2 });
  });

  test("is not believed when it was changed, with or without its checksum", async () => {
    const { platform, root } = await stopped();
    const { files } = platform;
    const bytes = (await files.read(SNAPSHOT)).slice();
    for (const forge of [
      (body: Uint8Array) => body,
      (body: Uint8Array) => {
        const stored = decodeCanonical(body) as { nodes: [string, string, JsonObject][] };
        const nodes = stored.nodes.map((row) => (row[0] === "/apps/a" ? row.with(2, { n: 2 }) : row));
        return encodeCanonical({ ...stored, nodes } as never);
      },
      (body: Uint8Array) => encodeCanonical({ ...(decodeCanonical(body) as object), version: 9 } as never),
      (body: Uint8Array) => encodeCanonical({ ...(decodeCanonical(body) as object), size: 999 } as never),
      (body: Uint8Array) => encodeCanonical({ ...(decodeCanonical(body) as object), head: "00".repeat(32) } as never),
      (body: Uint8Array) => encodeCanonical({ ...(decodeCanonical(body) as object), last: 0 } as never),
    ]) {
      const body = forge(bytes.subarray(16));
      const forged = new Uint8Array([...shake256(body, 16), ...body]);
      if (body.length === bytes.length - 16 && body.every((byte, i) => byte === bytes[16 + i]))
        forged[20] = 0xff - (forged[20] ?? 0);
      await files.writeAtomic(SNAPSHOT, forged);
      const second = await boot(platform, [service("ipc")]);
      expect(second.view.root).toBe(root);
      expect(second.view.find("/apps/a")?.metadata).toEqual({ n: 1 });
      await second.crash();
    }
  });

  test("goes with the chain: what came behind it is folded", async () => {
    const { platform } = await stopped();
    const second = await boot(platform, [service("ipc")]);
    await second.view.change([{ op: "update", path: "/apps/a", metadata: { n: 2 } }]);
    await second.chain.flush();
    const { root } = second.view;
    await second.crash();
    const third = await boot(platform, [service("ipc")]);
    expect([third.view.root, third.view.find("/apps/a")?.metadata]).toEqual([root, { n: 2 }]);
  });

  test("is written anew while the kernel runs, bound to an event on disk", async () => {
    const platform = testPlatform();
    const first = await boot(platform);
    for (let i = 0; i < 20_000; i++) {
      if (i % 4000 === 0) await first.chain.flush();
      first.tree.append(event("test.happened", { i }));
    }
    await first.view.change([{ op: "create", path: "/apps/a", kind: "app" }]);
    await first.chain.flush();
    await first.crash();
    const body = (await platform.files.read(SNAPSHOT)).slice(16);
    expect(decodeCanonical(body)).toMatchObject({ last: 1, size: 20_001 });
    const second = await boot(platform);
    expect(second.view.find("/apps/a")).toBeDefined();
    expect(await second.view.verify()).toMatchObject({ valid: true, changes: 2 });
  });

  test("that cannot be written does not keep the kernel from stopping", async () => {
    const platform = testPlatform();
    const first = await boot(platform);
    await platform.files.makeFolder(SNAPSHOT);
    await first.stop();
    expect((await boot(platform)).view.stats().nodes).toBe(12);
  });
});

describe("a redaction", () => {
  test("is told by the verification; a tree that cannot be folded begins anew", async () => {
    const platform = testPlatform();
    const first = await boot(platform, [service("ipc")]);
    await first.view.change([{ op: "create", path: "/apps/a", kind: "app" }]);
    await first.view.change([{ op: "create", path: "/apps/b", kind: "app" }]);
    await first.chain.flush();
    await first.chain.redact(2, "named a customer");
    expect(await first.view.verify()).toMatchObject({ valid: false, faults: [{ sequence: 3 }] });
    await first.stop();
    await platform.files.remove(SNAPSHOT);
    const second = await boot(platform, [service("ipc")]);
    expect(second.view.list("/apps").map(({ path }) => path)).toEqual(["/apps"]);
    expect(second.view.find("/kernel/services/ipc")).toBeDefined();
    await second.stop();
    const third = await boot(platform, [service("ipc")]);
    expect(third.view.find("/kernel/services/ipc")).toBeDefined();
    expect(await third.chain.verify()).toMatchObject({ valid: true });
  });

  test("of the last change is told too", async () => {
    const { chain, view } = await boot(testPlatform());
    await view.change([{ op: "create", path: "/apps/a", kind: "app" }]);
    await chain.flush();
    await chain.redact(2, "named a customer");
    expect(await view.verify()).toMatchObject({ valid: false, faults: [{ sequence: 2, reason: /redacted/ }] });
    expect(await view.history("/apps/a")).toEqual([]);
  });
});

describe("a redaction in a kernel", () => {
  for (const sequence of [2, 3]) {
    test(`of the change at ${sequence} takes nothing else from the tree, not even when the kernel crashes then`, async () => {
      const platform = testPlatform();
      const first = await boot(platform, [service("ipc")]);
      const deny = { effect: "deny", subject: "role:admin", permissions: ["delete"] } as const;
      if (sequence === 3) await first.view.changeAccess("/apps", { add: [deny] });
      await first.view.change([{ op: "create", path: "/apps/a", kind: "app" }]);
      if (sequence === 2) await first.view.changeAccess("/apps", { add: [deny] });
      await first.chain.flush();
      await first.chain.redact(sequence, "named a customer");
      await first.tree.redacted(sequence);
      const { root } = first.view;
      await first.crash();
      const second = await boot(platform, [service("ipc")]);
      expect(second.tree.lost).toBeUndefined();
      expect([second.view.root, second.view.find("/apps/a")?.kind]).toEqual([root, "app"]);
      expect(second.view.access("/apps")).toMatchObject([{ at: "/apps", entry: deny }]);
      expect(await second.chain.verify()).toMatchObject({ valid: true });
    });
  }

  test("of what is no change of the tree records nothing more", async () => {
    const { chain, tree } = await boot(testPlatform());
    await chain.append(event("test.happened", { name: "ada" })).durable;
    await chain.redact(2, "asked for");
    await tree.redacted(2);
    expect(chain.status().events).toBe(4);
  });

  test("whose tree cannot be kept says what was lost", async () => {
    const platform = testPlatform();
    const first = await boot(platform);
    await first.view.change([{ op: "create", path: "/apps/a", kind: "app" }]);
    await first.chain.flush();
    await first.chain.redact(2, "named a customer");
    await first.tree.redacted(2);
    await first.crash();
    await platform.files.remove(SNAPSHOT);
    expect((await boot(platform)).tree.lost).toMatchObject({ reason: /event 2 before it is redacted/ });
  });
});

test("what features keep is recorded in as many events as it takes", async () => {
  const metadata = { text: "x".repeat(4000) };
  const many: ResourceSource = {
    owner: "many",
    resources: () => Array.from({ length: 100 }, (_, n) => ({ path: `/apps/n${n}`, kind: "app", metadata }) as const),
  };
  const { chain, view } = await boot(testPlatform(), [many]);
  await chain.flush();
  expect(view.list("/apps")).toHaveLength(101);
  expect(chain.status().events).toBeGreaterThan(3);
  expect(await view.verify()).toMatchObject({ valid: true });
});

describe("the tree as it is asked", () => {
  test("lists, counts, scores, ranks and proves", async () => {
    const { view } = await boot(testPlatform(), [fileTool]);
    await view.change([
      { op: "create", path: "/apps/good", kind: "app", scores: { trust: 1, reward: 1 } },
      { op: "create", path: "/apps/bad", kind: "app", scores: { trust: 0, reward: 0 } },
      { op: "create", path: "/apps/good/part", kind: "custom:part" },
    ]);
    expect(view.list("/apps", 1).map(({ path }) => path)).toEqual(["/apps", "/apps/bad", "/apps/good"]);
    expect(view.list("/apps")).toHaveLength(4);
    expect(view.stats()).toMatchObject({
      nodes: 17,
      depth: 4,
      kinds: { app: 2, "custom:part": 1, tool: 1 },
      changed: 2,
    });
    expect(view.score("/apps")).toMatchObject({ children: 2, scores: { trust: 0.5 }, below: { trust: 1 } });
    expect(view.score("/apps/bad").below).toEqual(view.score("/apps/bad").scores);
    expect(view.rank({ kind: "app" }).map(({ path }) => path)).toEqual(["/apps/good", "/apps/bad"]);
    expect(view.rank({ under: "/apps", limit: 1 }).map(({ path }) => path)).toEqual(["/apps/good"]);
    expect(verifyResource(view.prove("/apps/good/part"), view.root)).toBe(true);
    expect(() => view.list("/none")).toThrow(expect.objectContaining({ code: "TREE_NOT_FOUND" }));
    expect(() => view.prove("none")).toThrow(expect.objectContaining({ code: "TREE_PATH_INVALID" }));
  });

  test("goes from a node to its events and from an event to its nodes", async () => {
    const { view } = await boot(testPlatform());
    await view.change([{ op: "create", path: "/apps/a", kind: "app" }]);
    await view.change([{ op: "update", path: "/apps/a", metadata: { v: 1 } }]);
    await view.change([{ op: "score", path: "/apps/a", observed: { trust: 1 }, weight: 0.5 }]);
    const history = await view.history("/apps/a");
    expect(history.map(({ sequence, changes }) => [sequence, changes[0]?.op])).toEqual([
      [4, "score"],
      [3, "update"],
      [2, "create"],
    ]);
    expect(history[0]?.changes[0]).toMatchObject({ scoring: [750_000, 500_000, 500_000, 500_000, 500_000, 500_000] });
    expect(await view.history("/apps/a", { limit: 1 })).toHaveLength(1);
    await view.change([{ op: "remove", path: "/apps/a" }]);
    expect((await view.history("/apps/a")).map(({ sequence }) => sequence)).toEqual([5, 4, 3, 2]);
    expect(await view.history("/apps/a", { limit: 2 })).toHaveLength(2);
    expect(await view.history("/")).toEqual([]);
    expect(await view.changesOf(5)).toEqual([{ op: "remove", path: "/apps/a", before: 4 }]);
    expect(await view.changesOf(0)).toEqual([]);
  });

  test("asks the guard, in the name of who asks, before it changes", async () => {
    const { view, asked } = await boot(testPlatform());
    const ada = { kind: "principal", id: "ada", role: "operator" } as const;
    const { root } = await view.change([{ op: "create", path: "/apps/a", kind: "app" }], ada);
    expect(root).toBe(view.root);
    expect(asked[0]).toMatchObject({
      action: "resource.change",
      subject: ada,
      resource: "/apps/a",
      attributes: { changes: 1, op: "create" },
    });
  });

  test.each<[string, Parameters<Resources["change"]>[0], string]>([
    ["nothing", [], "TREE_CHANGE_INVALID"],
    ["a feature's node", [{ op: "remove", path: "/kernel/services/ipc" }], "TREE_PROTECTED"],
    ["a namespace", [{ op: "update", path: "/apps", metadata: { a: 1 } }], "TREE_PROTECTED"],
    ["an agent's node", [{ op: "create", path: "/kernel/agents/9", kind: "agent" }], "TREE_PROTECTED"],
    ["an owner", [{ op: "create", path: "/apps/a", kind: "app", metadata: { owner: "ipc" } }], "TREE_CHANGE_INVALID"],
    ["an unknown kind", [{ op: "create", path: "/apps/a", kind: "custom:No" }], "TREE_CHANGE_INVALID"],
    ["a fraction", [{ op: "create", path: "/apps/a", kind: "app", metadata: { a: 0.5 } }], "TREE_CHANGE_INVALID"],
    ["a null", [{ op: "create", path: "/apps/a", kind: "app", metadata: { a: null } }], "TREE_CHANGE_INVALID"],
    ["a score above 1", [{ op: "create", path: "/apps/a", kind: "app", scores: { trust: 2 } }], "TREE_CHANGE_INVALID"],
    ["a weight below 0", [{ op: "score", path: "/apps", observed: {}, weight: -1 }], "TREE_CHANGE_INVALID"],
    ["a score of nothing", [{ op: "score", path: "/apps/a", observed: {}, weight: 1 }], "TREE_NOT_FOUND"],
    ["a path that climbs", [{ op: "create", path: "/apps/../kernel/x", kind: "app" }], "TREE_PATH_INVALID"],
  ])("refuses %s, and records no change", async (_what, changes, code) => {
    const { view, chain } = await boot(testPlatform(), [service("ipc")]);
    const { root } = view;
    await expect(view.change(changes)).rejects.toMatchObject({ code });
    await chain.flush();
    expect([view.root, chain.status().events]).toEqual([root, 2]);
  });
});

describe("the methods on the tree", () => {
  test("answer in JSON, to viewers, and check what they are given", async () => {
    const { view, tree } = await boot(testPlatform(), [fileTool]);
    await tree.append(spawned(7)).durable;
    const methods = resourceMethods(view);
    expect(methods.filter(({ mutates, role }) => mutates !== (role !== "viewer"))).toEqual([]);
    const caller = {
      subject: { kind: "principal", id: "ada" },
      role: "viewer",
      signal: new AbortController().signal,
    } as const;
    const call = async (name: string, input: JsonValue = {}): Promise<unknown> =>
      methods.find((method) => method.name === name)?.call(input, caller);
    expect(await call("resource.tree", { depth: 1, limit: 2 })).toMatchObject({
      total: 5,
      nodes: [{ path: "/", parent: null }, {}],
    });
    expect(await call("resource.inspect", { path: "/kernel/agents/7" })).toMatchObject({
      metadata: { name: "a7" },
      created: 2,
      proof: { root: view.root },
    });
    expect(await call("resource.history", { path: "/kernel/agents/7" })).toMatchObject({
      events: [{ kind: "agent.spawn" }],
    });
    expect(await call("resource.event", { sequence: 2 })).toMatchObject({ changes: [{ op: "create" }] });
    expect(await call("resource.stats")).toMatchObject({ nodes: 15 });
    expect(await call("resource.score", { path: "/" })).toMatchObject({ composite: 0.5 });
    expect(await call("resource.rank", { kind: "agent" })).toMatchObject({ resources: [{ path: "/kernel/agents/7" }] });
    expect(await call("resource.verify")).toMatchObject({ valid: true, changes: 2 });
    await expect(call("resource.inspect", { path: "/none" })).rejects.toMatchObject({ code: "TREE_NOT_FOUND" });
    await expect(call("resource.rank", { kind: "thing" })).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
  });
});
