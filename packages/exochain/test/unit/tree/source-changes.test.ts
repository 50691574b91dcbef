import type { AuditEvent, JsonObject, OwnResourceChange, ResourceKind, ResourceSource } from "@weftos/interface";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ResourceNodes } from "../../../src/tree/resource-nodes.ts";
import { SourceChanges } from "../../../src/tree/source-changes.ts";
import { STANDARD_KINDS } from "../../../src/tree/standard-nodes.ts";
import { isFeatureKind } from "../../../src/tree/tree-kinds.ts";
import { boot, event } from "../../support/booted-tree.ts";
import { DIR, testPlatform } from "../../support/chain-fixture.ts";

/** Cron, as it will say of itself what there is. */
const cron: ResourceSource = {
  owner: "cron",
  resources: () => [{ path: "/kernel/services/cron", kind: "service" }],
  events: ["cron.add", "cron.edit", "cron.remove"],
  changes: ({ kind, payload }) => {
    const path = `/kernel/services/cron/${String(payload.job)}`;
    if (kind === "cron.remove") return [{ op: "remove", path }];
    return [{ op: "put", path, kind: "custom:cron-job", metadata: { schedule: String(payload.schedule) } }];
  },
  lasting: ["/kernel/services/cron"],
};
const added = (job: string, schedule = "@hourly"): AuditEvent => event("cron.add", { outcome: "ok", job, schedule });

describe("a feature's own event", () => {
  test("is that of the tree too: its node comes, changes and goes with it", async () => {
    const { view, tree, chain } = await boot(testPlatform(), [cron]);
    const path = "/kernel/services/cron/nightly";
    const { sequence } = tree.append(added("nightly"));
    expect(view.find(path)).toMatchObject({
      kind: "custom:cron-job",
      created: sequence,
      metadata: { owner: "cron", schedule: "@hourly" },
    });
    tree.append(event("cron.edit", { outcome: "ok", job: "nightly", schedule: "@daily" }));
    expect(view.find(path)?.metadata.schedule).toBe("@daily");
    tree.append(event("cron.remove", { outcome: "ok", job: "nightly" }));
    await chain.flush();
    expect(chain.status().events).toBe(5);
    expect((await view.history(path)).map(({ kind }) => kind)).toEqual(["cron.remove", "cron.edit", "cron.add"]);
    expect(await view.changesOf(sequence)).toMatchObject([{ op: "create", path }]);
    expect(await view.verify()).toMatchObject({ valid: true, changes: 4 });
    expect(await chain.verify()).toMatchObject({ valid: true });
  });

  test("that failed changes nothing", async () => {
    const { view, tree } = await boot(testPlatform(), [cron]);
    tree.append(event("cron.add", { outcome: "failed", job: "x", schedule: "" }));
    expect(view.list("/kernel/services/cron")).toHaveLength(1);
  });

  test("stays recorded when it says what cannot be, and changes nothing then", async () => {
    const bad = (changes: readonly OwnResourceChange[]): ResourceSource => ({
      owner: "bad",
      resources: () => [],
      events: ["app.install"],
      changes: () => changes,
    });
    const puts: readonly OwnResourceChange[] = [
      { op: "put", path: "/kernel/services/cron", kind: "service" },
      { op: "put", path: "/kernel/agents/7", kind: "agent" },
      { op: "put", path: "/kernel/delegations/x", kind: "custom:delegation" },
      { op: "put", path: "/apps", kind: "app" },
      { op: "put", path: "apps", kind: "app" },
      { op: "put", path: "/apps/x", kind: "king" as ResourceKind },
      { op: "put", path: "/apps/x", kind: "app", metadata: { half: 0.5 } },
      { op: "remove", path: "/kernel" },
      { op: "remove", path: "/kernel/services/cron" },
    ];
    for (const change of puts) {
      const { view, tree, chain, crash } = await boot(testPlatform(), [cron, bad([change])]);
      const { root } = view;
      await tree.append(event("app.install", { outcome: "ok" })).durable;
      expect([view.root, (await chain.tail(1))[0]?.payload]).toEqual([root, { outcome: "ok" }]);
      await crash();
    }
  });

  test("keeps its nodes from boot to boot where they are lasting, and loses them with its feature", async () => {
    const platform = testPlatform();
    const first = await boot(platform, [
      cron,
      { ...cron, owner: "other", resources: () => [], events: [], lasting: [] },
    ]);
    first.tree.append(added("nightly"));
    await first.stop();
    const second = await boot(platform, [cron]);
    expect(second.view.find("/kernel/services/cron/nightly")).toBeDefined();
    await second.stop();
    await platform.files.remove(`${DIR}/cache/resources`);
    const third = await boot(platform, []);
    expect(third.view.find("/kernel/services/cron")).toBeUndefined();
    expect(await third.view.verify()).toMatchObject({ valid: true });
    expect((await third.view.history("/kernel/services/cron/nightly")).at(0)?.kind).toBe("resource.reconcile");
  });

  test("is of a kind by which nodes come and go, or the feature is refused", () => {
    const quiet = { warn: () => undefined };
    expect(() => new SourceChanges([{ ...cron, events: ["cron.fire"] }], quiet)).toThrow(
      expect.objectContaining({ code: "TREE_CHANGE_INVALID" }),
    );
    for (const noun of ["app", "container", "cron", "device", "environment", "peer", "service", "tool", "topic"]) {
      expect(isFeatureKind(`${noun}.add`) && isFeatureKind(`${noun}.remove`)).toBe(true);
    }
  });

  test("makes nodes of every kind, and what is above them", () => {
    for (const kind of [...STANDARD_KINDS, "custom:job"] as ResourceKind[]) {
      const put: OwnResourceChange = { op: "put", path: "/x/y/z", kind };
      const source: ResourceSource = { owner: "o", resources: () => [], events: ["app.install"], changes: () => [put] };
      const nodes = new ResourceNodes();
      const changes = new SourceChanges([source], { warn: () => undefined }).of(event("app.install", {}), nodes);
      nodes.apply(changes);
      expect([nodes.require("/x/y").kind, nodes.require("/x/y/z").kind]).toEqual(["namespace", kind]);
    }
  });

  test("leaves the tree that a model says, for any puts and removals in one event", () => {
    const step = fc.record({ put: fc.boolean(), name: fc.constantFrom("a", "b", "c"), n: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 5 }), { maxLength: 10 }), (events) => {
        const nodes = new ResourceNodes();
        const model = new Map<string, number>();
        for (const steps of events) {
          const said = steps.map(({ put, name, n }): OwnResourceChange => {
            const path = `/made/${name}`;
            return put ? { op: "put", path, kind: "app", metadata: { n } as JsonObject } : { op: "remove", path };
          });
          for (const { put, name, n } of steps) put ? model.set(name, n) : model.delete(name);
          const source: ResourceSource = {
            owner: "o",
            resources: () => [],
            events: ["app.update"],
            changes: () => said,
          };
          const before = nodes.root;
          const changes = new SourceChanges([source], { warn: () => undefined }).of(event("app.update", {}), nodes);
          expect(nodes.root).toEqual(before);
          nodes.apply(changes);
        }
        const made = [...nodes.nodes()].filter(({ path }) => path.startsWith("/made/"));
        expect(new Map(made.map(({ path, metadata }) => [path.slice(6), metadata.n]))).toEqual(model);
      }),
    );
  });
});
