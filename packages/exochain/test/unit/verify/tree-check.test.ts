import type { AuditEvent, JsonObject } from "@weftos/interface";
import { describe, expect, test } from "vitest";
import { verify as verifyOnTwo } from "../../../src/threads/verify-in-node.ts";
import { filesSource } from "../../../src/verify/chain-source.ts";
import { verify } from "../../../src/verify/verify.ts";
import { boot, spawned } from "../../support/booted-tree.ts";
import { DIR, type TestPlatform, testPlatform } from "../../support/chain-fixture.ts";

const forged = (root: string, kind = "resource.change", change: JsonObject = {}): AuditEvent => ({
  source: "exochain",
  kind,
  actor: { pid: 0 },
  payload: {
    outcome: "ok",
    tree: { root, changes: [{ op: "create", path: "/apps/forged", kind: "app", metadata: {}, ...change }] },
  },
});

/** A chain of a kernel, which somebody who has its keys goes on with past the tree. */
async function withForged(...events: readonly ((root: string) => AuditEvent)[]): Promise<TestPlatform> {
  const platform = testPlatform();
  const { view, tree, chain, crash } = await boot(platform);
  await view.change([{ op: "create", path: "/apps/web", kind: "app" }]);
  await tree.append(spawned(7)).durable;
  for (const make of events) chain.append(make(view.root));
  await crash();
  return platform;
}

describe("a verification of a chain", () => {
  test("finds a change of the tree whose root does not follow, in a chain whose hashes and signatures are right", async () => {
    const platform = await withForged((root) => forged(root));
    for (const check of [verify, verifyOnTwo]) {
      expect(await check(filesSource(platform.files, DIR))).toMatchObject({
        valid: false,
        tail: "closed",
        faultCount: 1,
        faults: [
          { code: "CHAIN_TREE", sequence: 4, file: "chain/000000000000.rvf", reason: expect.stringContaining("root") },
        ],
      });
    }
  });

  test.each([
    [
      "that makes an agent by another event than its start",
      forged("0".repeat(64), "resource.change", { path: "/kernel/agents/9", kind: "agent" }),
    ],
    [
      "that gives access without being asked for",
      forged("0".repeat(64), "resource.change", { op: "acl", path: "/", add: [], remove: [] }),
    ],
    ["that is none", forged("nonsense")],
  ])("finds a change %s", async (_what, event) => {
    const platform = await withForged(() => event);
    expect(await verify(filesSource(platform.files, DIR))).toMatchObject({
      valid: false,
      faults: [{ code: "CHAIN_TREE" }],
    });
  });

  test("says nothing of `tree` in events of other kinds", async () => {
    const platform = await withForged((root) => forged(root, "billing.refund"));
    expect(await verify(filesSource(platform.files, DIR))).toMatchObject({ valid: true });
  });

  test("is not deceived by a snapshot, and the next boot begins the tree anew", async () => {
    const platform = await withForged((root) => forged(root));
    const second = await boot(platform);
    expect(second.view.find("/apps/forged")).toBeUndefined();
    await second.chain.flush();
    expect(await second.chain.verify()).toMatchObject({ valid: false, faultCount: 1 });
  });

  test("is silent of what cannot be folded because it was redacted, until the tree begins anew", async () => {
    const platform = testPlatform();
    const { view, chain, stop } = await boot(platform);
    await view.change([{ op: "create", path: "/apps/web", kind: "app" }]);
    await view.change([{ op: "create", path: "/apps/shop", kind: "app" }]);
    await chain.flush();
    await chain.redact(2, "named a customer");
    expect(await chain.verify()).toMatchObject({ valid: true });
    await stop();
    await platform.files.remove(`${DIR}/cache/resources`);
    const second = await boot(platform);
    await second.view.change([{ op: "create", path: "/apps/new", kind: "app" }]);
    second.chain.append(forged(second.view.root));
    await second.chain.flush();
    expect(await second.chain.verify()).toMatchObject({ valid: false, faults: [{ code: "CHAIN_TREE" }] });
  });
});
