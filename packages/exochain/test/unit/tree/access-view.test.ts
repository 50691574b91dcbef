import type { Role, Subject } from "@weftos/interface";
import { describe, expect, test } from "vitest";
import { accessMethods } from "../../../src/tree/access-methods.ts";
import { delegationFault, readDelegation } from "../../../src/tree/delegation.ts";
import { verifyResource } from "../../../src/tree/resource-proof.ts";
import { boot, event, spawned } from "../../support/booted-tree.ts";
import { DIR, testPlatform } from "../../support/chain-fixture.ts";

const person = (id: string, role: Role = "operator"): Subject => ({ kind: "principal", id, role });
const admin = person("root", "admin");
const process = (pid: number): Subject => ({ kind: "process", id: String(pid) });
const allowAda = { effect: "allow", subject: "principal:ada", permissions: ["read", "write"] } as const;
const DAY = 86_400_000;

async function setUp() {
  const platform = testPlatform();
  const booted = await boot(platform);
  await booted.view.change([{ op: "create", path: "/apps/web", kind: "app" }]);
  return { platform, ...booted, soon: platform.clock.now() + DAY };
}

describe("an access list", () => {
  test("is changed by one event with the whole change and the new root, and found again at the next boot", async () => {
    const { platform, view, chain, stop } = await setUp();
    const { root } = await view.changeAccess("/apps", { add: [allowAda] });
    await chain.flush();
    const { events } = chain.status();
    expect(await chain.get(events - 1)).toMatchObject({
      kind: "resource.acl",
      payload: {
        result: { changes: 1 },
        tree: { root, changes: [{ op: "acl", path: "/apps", add: [allowAda], remove: [] }] },
      },
    });
    expect(view.allows(person("ada"), "/apps/web", "write")).toBe(true);
    expect((await view.history("/apps")).map(({ kind }) => kind)).toEqual(["resource.acl", "resource.reconcile"]);
    expect(verifyResource(view.prove("/apps"), view.root)).toBe(true);
    expect(verifyResource({ ...view.prove("/apps"), access: [] }, view.root)).toBe(false);
    await stop();
    const second = await boot(platform);
    expect([second.view.root, second.view.find("/apps")?.access]).toEqual([root, [allowAda]]);
    await second.stop();
    await platform.files.remove(`${DIR}/cache/resources`);
    const third = await boot(platform);
    expect([third.view.root, third.view.access("/apps/web")]).toEqual([root, [{ at: "/apps", entry: allowAda }]]);
    expect(await third.view.verify()).toMatchObject({ valid: true });
  });

  test("is changed by admins, and by who holds the permission admin there; by nobody else", async () => {
    const { view } = await setUp();
    const deputy = { effect: "allow", subject: "principal:bob", permissions: ["admin"] } as const;
    await expect(view.changeAccess("/apps/web", { add: [allowAda] }, { by: person("bob") })).rejects.toMatchObject({
      code: "TREE_ACCESS_DENIED",
      details: { path: "/apps/web", permission: "admin", subject: "principal:bob" },
    });
    await view.changeAccess("/apps", { add: [deputy] }, { by: admin });
    await view.changeAccess("/apps/web", { add: [allowAda] }, { by: person("bob") });
    expect(view.allows(person("ada"), "/apps/web", "read")).toBe(true);
    await expect(view.changeAccess("/", { add: [allowAda] }, { by: person("bob") })).rejects.toMatchObject({
      code: "TREE_ACCESS_DENIED",
    });
    await view.changeAccess("/", { add: [{ effect: "deny", subject: "*", permissions: ["*"] }] }, { by: admin });
    await view.changeAccess("/", { remove: [{ effect: "deny", subject: "*", permissions: ["*"] }] }, { by: admin });
    await expect(view.changeAccess("/nowhere", { add: [allowAda] })).rejects.toMatchObject({ code: "TREE_NOT_FOUND" });
    await expect(view.changeAccess("/apps", {})).rejects.toMatchObject({ code: "TREE_CHANGE_INVALID" });
  });

  test("of the root is kept too, by the chain and by the snapshot", async () => {
    const { platform, view, stop } = await setUp();
    await view.changeAccess("/", { add: [allowAda] });
    const { root } = view;
    expect(await view.verify()).toMatchObject({ valid: true });
    await stop();
    const second = await boot(platform);
    expect([second.view.root, second.view.find("/")?.access]).toEqual([root, [allowAda]]);
    expect(second.view.access("/apps/web").map(({ at }) => at)).toEqual(["/"]);
    await second.crash();
    await platform.files.remove(`${DIR}/cache/resources`);
    expect((await boot(platform)).view.root).toBe(root);
  });

  test("that denies keeps even an admin from changing what is there", async () => {
    const { view } = await setUp();
    await view.change([{ op: "update", path: "/apps/web", metadata: { a: 1 } }], admin);
    await view.changeAccess("/apps", {
      add: [{ effect: "deny", subject: "role:operator", permissions: ["write", "create"] }],
    });
    for (const change of [
      { op: "update", path: "/apps/web", metadata: { a: 2 } },
      { op: "create", path: "/apps/new", kind: "app" },
    ] as const) {
      await expect(view.change([change], admin)).rejects.toMatchObject({ code: "TREE_ACCESS_DENIED" });
    }
    expect(view.find("/apps/web")?.metadata).toEqual({ a: 1 });
    await view.change([{ op: "remove", path: "/apps/web" }], admin);
  });
});

describe("a delegation", () => {
  test("lets who received it do what it says until it ends, and no more", async () => {
    const { platform, view, soon } = await setUp();
    const made = await view.delegate(
      { path: "/apps", to: "principal:bob", permissions: ["read"], expiresAt: soon },
      { by: admin },
    );
    expect(view.decide(person("bob"), "/apps/web", "read")).toEqual({
      allowed: true,
      reason: "delegation",
      delegation: made.id,
    });
    expect(view.allows(person("bob"), "/apps/web", "write")).toBe(false);
    expect(view.allows(person("bob"), "/kernel", "read")).toBe(false);
    expect(view.allows(person("eve"), "/apps", "read")).toBe(false);
    await platform.clock.advance(DAY);
    expect(view.allows(person("bob"), "/apps/web", "read")).toBe(false);
    expect(view.delegations()).toMatchObject([{ fault: "expired" }]);
  });

  test("for a span is asked for in the same words whenever it is asked for, and counts from its signature", async () => {
    const { platform, view, asked } = await setUp();
    const wish = { path: "/apps", to: "principal:bob", permissions: ["read"], forMs: DAY, further: 2 } as const;
    await view.delegate(wish, { by: admin });
    await platform.clock.advance(1000);
    const again = await view.delegate(wish, { by: admin });
    const [first, second] = asked.slice(-2).map(({ attributes }) => attributes);
    expect(second).toEqual(first);
    expect(first).toMatchObject({ forMs: DAY, further: 2 });
    expect(again.expiresAt - again.createdAt).toBe(DAY);
  });

  test("gives way to a deny, and ends when its grantor loses what it passed on", async () => {
    const { view, soon } = await setUp();
    await view.changeAccess("/apps", { add: [allowAda] });
    const wish = { path: "/apps", to: "principal:bob", permissions: ["read"], expiresAt: soon } as const;
    await view.delegate(wish, { by: person("ada") });
    expect(view.allows(person("bob"), "/apps/web", "read")).toBe(true);
    const deny = { effect: "deny", subject: "principal:bob", permissions: ["read"] } as const;
    await view.changeAccess("/apps/web", { add: [deny] });
    expect([view.allows(person("bob"), "/apps/web", "read"), view.allows(person("bob"), "/apps", "read")]).toEqual([
      false,
      true,
    ]);
    await view.changeAccess("/apps", { remove: [allowAda] });
    expect(view.allows(person("bob"), "/apps", "read")).toBe(false);
    expect(view.delegations()).toMatchObject([{ fault: "grantor-lost" }]);
  });

  test("is signed for nobody who does not hold what it passes on", async () => {
    const { view, soon, chain } = await setUp();
    await view.changeAccess("/apps", { add: [allowAda] });
    const wish = { path: "/apps", to: "principal:bob", permissions: ["delete", "read"], expiresAt: soon } as const;
    await expect(view.delegate(wish, { by: person("ada") })).rejects.toMatchObject({ code: "TREE_ACCESS_DENIED" });
    await expect(view.delegate({ ...wish, permissions: ["*"] }, { by: person("ada") })).rejects.toMatchObject({
      code: "TREE_ACCESS_DENIED",
    });
    for (const broken of [
      { to: "role:admin" },
      { to: "*" },
      { expiresAt: 1 },
      { expiresAt: undefined },
      { forMs: 1 },
      { further: 8 },
      { permissions: [] },
    ]) {
      await expect(view.delegate({ ...wish, ...broken }, { by: admin })).rejects.toMatchObject({
        code: "TREE_CHANGE_INVALID",
      });
    }
    await chain.flush();
    expect(view.delegations()).toEqual([]);
  });

  test("is passed on by who received it alone, narrower each time; revoking one ends all below it", async () => {
    const { view, tree, soon } = await setUp();
    await tree.append(spawned(7)).durable;
    const first = await view.delegate(
      { path: "/apps", to: "agent:a7", permissions: ["read", "write"], expiresAt: soon, further: 1 },
      { by: admin },
    );
    const wish = {
      path: "/apps/web",
      to: "principal:bob",
      permissions: ["read"],
      expiresAt: soon - 1,
      under: first.id,
    } as const;
    await expect(view.delegate(wish, { by: person("eve") })).rejects.toMatchObject({ code: "TREE_ACCESS_DENIED" });
    await expect(view.delegate({ ...wish, under: undefined }, { by: process(7) })).rejects.toMatchObject({
      code: "TREE_ACCESS_DENIED",
    });
    for (const [more, fault] of [
      [{ permissions: ["delete"] }, "widens"],
      [{ path: "/" }, "widens"],
      [{ expiresAt: soon + 1 }, "outlives"],
      [{ further: 1 }, "depth"],
      [{ under: "0".repeat(32) }, "missing"],
    ] as const) {
      await expect(view.delegate({ ...wish, ...more }, { by: process(7) })).rejects.toMatchObject({
        code: "TREE_DELEGATION_INVALID",
        details: { fault },
      });
    }
    const second = await view.delegate(wish, { by: process(7) });
    expect(view.allows(person("bob"), "/apps/web", "read")).toBe(true);
    expect(view.delegation(second.id).map(({ id }) => id)).toEqual([second.id, first.id]);
    await expect(view.revoke(first.id, { by: person("bob") })).rejects.toMatchObject({ code: "TREE_ACCESS_DENIED" });
    expect(await view.revoke(first.id, { by: admin })).toEqual({ id: first.id, below: 1 });
    expect(view.allows(person("bob"), "/apps/web", "read")).toBe(false);
    expect(view.allows(process(7), "/apps", "write")).toBe(false);
    expect(view.delegations().map(({ fault }) => fault)).toEqual(["revoked", "revoked"]);
    await expect(view.revoke("0".repeat(32))).rejects.toMatchObject({ code: "TREE_NOT_FOUND" });
  });

  test("is verified elsewhere with the keys that the chain names, and here again after a boot and a rotation", async () => {
    const { platform, view, chain, soon, stop } = await setUp();
    const wish = { path: "/apps", to: "principal:bob", permissions: ["read"], expiresAt: soon } as const;
    const made = await view.delegate(wish);
    await chain.rotateKeys("a year has passed");
    const again = await view.delegate({ ...wish, to: "principal:eve" });
    expect(made.key).not.toBe(again.key);
    await stop();
    const second = await boot(platform);
    for (const name of ["bob", "eve"]) expect(second.view.allows(person(name), "/apps/web", "read")).toBe(true);
    const keys = new Map(
      (await second.chain.keyHistory()).map(({ keys: [classic] }) => [
        String(classic?.id),
        new Uint8Array(Buffer.from(String(classic?.public), "base64")),
      ]),
    );
    const now = platform.clock.now();
    for (const { id } of [made, again]) {
      const links = JSON.parse(JSON.stringify(second.view.delegation(id))).map(readDelegation);
      expect(delegationFault(links, { keys, now, revoked: () => false })).toBeUndefined();
      expect(delegationFault(links, { keys, now, revoked: () => true })).toBe("revoked");
      expect(delegationFault(links, { keys: new Map(), now, revoked: () => false })).toBe("key");
    }
  });

  test("that no key of the chain signed allows nothing and is told by the verification", async () => {
    const { view, tree, soon } = await setUp();
    const made = await view.delegate({ path: "/apps", to: "principal:bob", permissions: ["read"], expiresAt: soon });
    const metadata = { ...view.find(`/kernel/delegations/${made.id}`)?.metadata, to: "principal:eve" };
    const path = `/kernel/delegations/${"e".repeat(32)}`;
    const changes = [{ op: "create", path, kind: "custom:delegation", metadata: { ...metadata, id: "e".repeat(32) } }];
    await tree.append(event("resource.delegate", { outcome: "ok", result: { changes } })).durable;
    expect(view.allows(person("eve"), "/apps", "read")).toBe(false);
    expect(await view.verify()).toMatchObject({ valid: false, faults: [{ reason: expect.stringContaining("id") }] });
  });

  test("that expired goes with the next one; its history stays", async () => {
    const { platform, view, soon } = await setUp();
    const wish = { path: "/apps", to: "principal:bob", permissions: ["read"] } as const;
    const old = await view.delegate({ ...wish, expiresAt: soon });
    await platform.clock.advance(DAY);
    await view.delegate({ ...wish, expiresAt: soon + DAY });
    expect(view.delegations()).toHaveLength(1);
    expect(await view.history(`/kernel/delegations/${old.id}`)).toMatchObject([
      { kind: "resource.delegate", changes: [{ op: "remove" }] },
      { kind: "resource.delegate", changes: [{ op: "create" }] },
    ]);
  });
});

describe("the methods on access", () => {
  test("answer in JSON, and check what they are given", async () => {
    const { view } = await setUp();
    const methods = accessMethods(view);
    const caller = {
      subject: { kind: "principal", id: "owner" },
      role: "admin",
      signal: new AbortController().signal,
    } as const;
    const call = (name: string, input: object) => methods.find((method) => method.name === name)?.call(input, caller);
    const ada = { path: "/apps", subject: "principal:ada" };
    expect(await call("resource.acl.allow", { ...ada, permissions: ["write", "read"] })).toMatchObject({
      access: [{ at: "/apps", ...allowAda }],
    });
    await call("resource.acl.deny", {
      path: "/apps/web",
      subject: "principal:ada",
      permissions: ["write"],
      here: true,
    });
    expect(await call("resource.acl.show", { path: "/apps/web" })).toMatchObject({
      access: [
        { at: "/apps/web", effect: "deny", here: true },
        { at: "/apps", effect: "allow" },
      ],
    });
    const asked = { path: "/apps/web", subject: "principal:ada", role: "operator" };
    expect(await call("resource.allows", { ...asked, permission: "write" })).toMatchObject({
      allowed: false,
      reason: "deny",
    });
    expect(await call("resource.allows", { ...asked, permission: "read" })).toMatchObject({
      allowed: true,
      at: "/apps",
    });
    expect(await call("resource.acl.remove", { ...ada, effect: "allow", permission: "read" })).toMatchObject({
      access: [],
    });
    await expect(call("resource.acl.remove", ada)).rejects.toMatchObject({ code: "TREE_CHANGE_INVALID" });
    const made = await call("resource.delegate", { path: "/apps", to: "pid:7", permissions: ["read"], forMs: 5000 });
    const { id } = (made as { delegation: { id: string } }).delegation;
    expect(await call("resource.delegations", { under: "/apps" })).toMatchObject({
      total: 1,
      delegations: [{ id, holds: true }],
    });
    expect(await call("resource.delegations", { to: "pid:8" })).toMatchObject({ total: 0 });
    expect(await call("resource.delegation", { id })).toMatchObject({
      links: [{ id, grantor: "principal:owner", role: "admin" }],
    });
    expect(await call("resource.revoke", { id })).toEqual({ id, below: 0 });
    for (const [name, input] of [
      ["resource.acl.allow", { ...ada, permissions: ["fly"] }],
      ["resource.acl.allow", { path: "/apps", subject: "ada", permissions: ["read"] }],
      ["resource.allows", { path: "/apps", subject: "role:admin", permission: "read" }],
      ["resource.revoke", { id: "x" }],
    ] as const) {
      await expect(call(name, input)).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
    }
  });
});
