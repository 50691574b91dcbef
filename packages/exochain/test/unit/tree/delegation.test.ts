import { ed25519, toBase64, toHex } from "@weftos/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyId } from "../../../src/format/key-set.ts";
import type { Permission } from "../../../src/tree/access-entry.ts";
import {
  type Delegation,
  type DelegationTerms,
  type DelegationTrust,
  delegationBytes,
  delegationFault,
  delegationId,
  delegationJson,
  readDelegation,
} from "../../../src/tree/delegation.ts";

const signer = ed25519.signer(new Uint8Array(32).fill(7));
const key = toHex(keyId(signer.publicKey));
const trust: DelegationTrust = { keys: new Map([[key, signer.publicKey]]), now: 100, revoked: () => false };
const root: DelegationTerms = {
  chain: "c".repeat(32),
  grantor: "principal:ada",
  role: "admin",
  to: "principal:bob",
  path: "/apps",
  permissions: ["read", "write"],
  createdAt: 50,
  expiresAt: 1000,
  under: null,
  depth: 0,
  further: 3,
  key,
};

function signed(terms: DelegationTerms): Delegation {
  const bytes = delegationBytes(terms);
  return { ...terms, id: delegationId(bytes), signature: toBase64(signer.sign(bytes)) };
}

function under(above: Delegation, more: Partial<DelegationTerms> = {}): Delegation {
  return signed({
    ...{ ...root, grantor: above.to, role: null, to: "agent:echo", path: above.path, permissions: above.permissions },
    ...{ createdAt: above.createdAt, expiresAt: above.expiresAt, under: above.id, depth: above.depth + 1 },
    ...{ further: Math.max(0, above.further - 1), ...more },
  });
}

const first = signed(root);

describe("certificates", () => {
  test("hold when each only narrows the one above it", () => {
    const second = under(first, { path: "/apps/web", permissions: ["read"], expiresAt: 900 });
    expect(delegationFault([first], trust)).toBeUndefined();
    expect(delegationFault([second, first], trust)).toBeUndefined();
    expect(delegationFault([under(second), second, first], trust)).toBeUndefined();
  });

  test.each([
    ["another path", { path: "/kernel" }, "widens"],
    ["the path above", { path: "/" }, "widens"],
    ["a path that only begins like it", { path: "/appsx" }, "widens"],
    ["a permission more", { permissions: ["delete", "read"] as Permission[] }, "widens"],
    ["all permissions", { permissions: ["*"] as Permission[] }, "widens"],
    ["a later end", { expiresAt: 1001 }, "outlives"],
    ["an earlier beginning", { createdAt: 49 }, "outlives"],
    ["as many more", { further: 3 }, "depth"],
    ["a depth that skips one", { depth: 2 }, "depth"],
    ["another grantor", { grantor: "principal:eve" }, "grantor"],
    ["a role", { role: "admin" as const }, "grantor"],
    ["another chain", { chain: "d".repeat(32) }, "grantor"],
    ["another one above it", { under: "a".repeat(32) }, "missing"],
  ])("do not hold with %s", (_what, more, fault) => {
    expect(delegationFault([under(first, more), first], trust)).toBe(fault);
  });

  test("do not hold from their end on, before their beginning, or when one in the line is revoked", () => {
    const second = under(first);
    expect(delegationFault([second, first], { ...trust, now: 999 })).toBeUndefined();
    expect(delegationFault([second, first], { ...trust, now: 1000 })).toBe("expired");
    expect(delegationFault([second, first], { ...trust, now: 49 })).toBe("early");
    for (const { id } of [first, second]) {
      expect(delegationFault([second, first], { ...trust, revoked: (each) => each === id })).toBe("revoked");
    }
  });

  test("need the whole line, and stop where it begins", () => {
    const second = under(first);
    expect(delegationFault([], trust)).toBe("missing");
    expect(delegationFault([second], trust)).toBe("missing");
    expect(delegationFault([first, second], trust)).toBe("missing");
    expect(delegationFault([first], { ...trust, chain: "d".repeat(32) })).toBe("key");
  });

  test("show every change of what was signed", () => {
    const changes: Partial<Delegation>[] = [
      { to: "principal:eve" },
      { path: "/" },
      { permissions: ["*"] },
      { expiresAt: 9999 },
      { further: 7 },
      { role: null },
      { grantor: "kernel" },
    ];
    for (const change of changes) {
      const forged = { ...first, ...change };
      expect(delegationFault([forged], trust)).toBe("id");
      const renamed = { ...forged, id: delegationId(delegationBytes(forged)) };
      expect(delegationFault([renamed], trust)).toBe("signature");
    }
    expect(delegationFault([{ ...first, signature: "AA==" }], trust)).toBe("signature");
    expect(delegationFault([first], { ...trust, keys: new Map() })).toBe("key");
    const other = ed25519.signer(new Uint8Array(32).fill(8)).publicKey;
    expect(delegationFault([first], { ...trust, keys: new Map([[key, other]]) })).toBe("key");
  });

  test("survive the form in which the tree holds them, and no other form is read", () => {
    const json = delegationJson(first);
    expect(readDelegation(json)).toEqual(first);
    for (const broken of [
      { ...json, more: 1 },
      { ...json, id: "x" },
      { ...json, to: "role:admin" },
      { ...json, to: "*" },
      { ...json, permissions: ["write", "read"] },
      { ...json, permissions: [] },
      { ...json, further: 8 },
      { ...json, depth: -1 },
      { ...json, role: "king" },
      { ...json, path: "apps" },
      null,
    ]) {
      expect(readDelegation(broken)).toBeUndefined();
    }
  });
});

describe("a line of certificates that holds", () => {
  const paths = ["/", "/a", "/a/b", "/a/b/c", "/ab"];
  const every: Permission[] = ["read", "write", "execute", "*"];
  const link = fc.record({
    path: fc.constantFrom(...paths),
    permissions: fc.uniqueArray(fc.constantFrom(...every), { minLength: 1 }).map((all) => all.sort()),
    expiresAt: fc.integer({ min: 90, max: 400 }),
    further: fc.integer({ min: 0, max: 4 }),
  });
  const covered = (all: readonly Permission[]): string[] =>
    all.includes("*") ? ["read", "write", "execute", "delete"] : all.filter((each) => each !== "*");

  test("gives no more than any certificate in it, whatever the links", () => {
    fc.assert(
      fc.property(fc.array(link, { minLength: 1, maxLength: 5 }), (wanted) => {
        const links: Delegation[] = [];
        for (const each of wanted) {
          const above = links[0];
          links.unshift(above === undefined ? signed({ ...root, ...each }) : under(above, each));
        }
        const holds = delegationFault(links, trust) === undefined;
        const narrows = wanted.every((each, at) => {
          const above = wanted[at - 1];
          if (each.expiresAt <= trust.now) return false;
          if (above === undefined) return true;
          const within = above.path === "/" || each.path === above.path || each.path.startsWith(`${above.path}/`);
          const subset = covered(each.permissions).every((one) => covered(above.permissions).includes(one));
          const all = !each.permissions.includes("*") || above.permissions.includes("*");
          return within && subset && all && each.expiresAt <= above.expiresAt && each.further < above.further;
        });
        expect(holds).toBe(narrows);
      }),
      { numRuns: 500 },
    );
  });
});
