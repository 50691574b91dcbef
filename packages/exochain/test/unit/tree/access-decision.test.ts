import type { Role, Subject } from "@weftos/interface";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AccessGround, decideAccess } from "../../../src/tree/access-decision.ts";
import { type AccessEntry, changedEntries, type Permission, readEntry } from "../../../src/tree/access-entry.ts";
import { DelegationBook } from "../../../src/tree/delegation-book.ts";
import { ResourceNodes } from "../../../src/tree/resource-nodes.ts";

const PATHS = ["/", "/a", "/a/b", "/a/b/c", "/a/bc"] as const;
const ROLES: readonly Role[] = ["viewer", "operator", "approver", "admin"];
const NAMES = ["*", "principal:ada", "principal:bob", "role:viewer", "role:operator", "agent:echo", "pid:7"];
const PERMISSIONS: readonly Permission[] = ["read", "write", "custom:deploy"];

function tree(): ResourceNodes {
  const nodes = new ResourceNodes();
  nodes.apply([
    ...["/a", "/a/b", "/a/b/c", "/a/bc", "/kernel", "/kernel/agents"].map(
      (path) => ({ op: "create", path, kind: "namespace", metadata: {} }) as const,
    ),
    { op: "create", path: "/kernel/agents/7", kind: "agent", metadata: { name: "echo" } },
  ]);
  return nodes;
}

const groundOf = (nodes: ResourceNodes): AccessGround => ({
  nodes,
  book: new DelegationBook(),
  now: 0,
  chain: "0".repeat(32),
});
const give = (nodes: ResourceNodes, path: string, ...add: AccessEntry[]): void => {
  nodes.apply([{ op: "acl", path, add, remove: [] }]);
};
const ada: Subject = { kind: "principal", id: "ada", role: "operator" };

const entries = fc.record({
  effect: fc.constantFrom("allow" as const, "deny" as const),
  subject: fc.constantFrom(...NAMES),
  permissions: fc
    .uniqueArray(fc.constantFrom<Permission>(...PERMISSIONS, "*"), { minLength: 1 })
    .map((all) => all.sort()),
  here: fc.constantFrom(true as const, undefined),
});
const placed = fc.array(fc.record({ path: fc.constantFrom(...PATHS), entry: entries }), { maxLength: 12 });
const subjects: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({
    kind: fc.constant("principal" as const),
    id: fc.constantFrom("ada", "bob", "eve"),
    role: fc.constantFrom(...ROLES, undefined),
  }),
  fc.record({ kind: fc.constant("process" as const), id: fc.constantFrom("7", "8") }),
);

/** The rule in its plainest form, over the list of what was said. */
function model(
  said: readonly { readonly path: string; readonly entry: AccessEntry }[],
  subject: Subject,
  path: string,
  permission: Permission,
): boolean {
  const isHim = (name: string): boolean => {
    if (subject.kind === "process") return subject.id === "7" && ["*", "agent:echo", "pid:7"].includes(name);
    if (name === "*" || name === `principal:${subject.id}`) return true;
    return (
      name.startsWith("role:") &&
      subject.role !== undefined &&
      ROLES.indexOf(subject.role) >= ROLES.indexOf(name.slice(5) as Role)
    );
  };
  if (subject.kind === "process" && subject.id !== "7") return false;
  const speaking = said.filter(({ path: at, entry }) => {
    const reaches = at === path || (entry.here !== true && (at === "/" || path.startsWith(`${at}/`)));
    return (
      reaches && isHim(entry.subject) && (entry.permissions.includes(permission) || entry.permissions.includes("*"))
    );
  });
  if (speaking.some(({ entry }) => entry.effect === "deny")) return false;
  return speaking.length > 0 || (subject.kind === "principal" && subject.role === "admin");
}

describe("a decision", () => {
  test("is what the rule says, for any lists", () => {
    fc.assert(
      fc.property(
        placed,
        subjects,
        fc.constantFrom(...PATHS),
        fc.constantFrom(...PERMISSIONS),
        (said, who, path, what) => {
          const nodes = tree();
          for (const { path: at, entry } of said) give(nodes, at, entry);
          expect(decideAccess(groundOf(nodes), who, path, what).allowed).toBe(model(said, who, path, what));
        },
      ),
      { numRuns: 400 },
    );
  });

  test("and the root do not depend on the order in which entries came", () => {
    fc.assert(
      fc.property(
        placed.chain((said) => fc.tuple(fc.constant(said), fc.shuffledSubarray(said, { minLength: said.length }))),
        ([said, shuffled]) => {
          const [one, other] = [tree(), tree()];
          for (const { path, entry } of said) give(one, path, entry);
          for (const { path, entry } of shuffled) give(other, path, entry);
          expect(other.root).toEqual(one.root);
        },
      ),
    );
  });

  test("never becomes an allow by one more deny", () => {
    fc.assert(
      fc.property(placed, entries, subjects, fc.constantFrom(...PATHS), (said, entry, who, path) => {
        const nodes = tree();
        for (const each of said) give(nodes, each.path, each.entry);
        const before = decideAccess(groundOf(nodes), who, path, "read").allowed;
        give(nodes, path, { ...entry, effect: "deny" });
        const after = decideAccess(groundOf(nodes), who, path, "read").allowed;
        expect(after && !before).toBe(false);
      }),
    );
  });

  test("says what it rests on", () => {
    const nodes = tree();
    const allow = { effect: "allow", subject: "role:viewer", permissions: ["read"] } as const;
    const deny = { effect: "deny", subject: "principal:ada", permissions: ["read"] } as const;
    const ground = groundOf(nodes);
    expect(decideAccess(ground, ada, "/a/b", "read")).toEqual({ allowed: false, reason: "default" });
    give(nodes, "/a", allow);
    expect(decideAccess(ground, ada, "/a/b", "read")).toEqual({
      allowed: true,
      reason: "allow",
      at: "/a",
      entry: allow,
    });
    give(nodes, "/", deny);
    expect(decideAccess(ground, ada, "/a/b", "read")).toEqual({ allowed: false, reason: "deny", at: "/", entry: deny });
    expect(decideAccess(ground, { kind: "kernel", id: "0" }, "/a/b", "read").reason).toBe("kernel");
    expect(decideAccess(ground, { kind: "process", id: "9" }, "/a", "read").reason).toBe("unknown-subject");
    expect(decideAccess(ground, ada, "/nowhere", "read").reason).toBe("not-found");
    expect(() => decideAccess(ground, ada, "a", "read")).toThrow(
      expect.objectContaining({ code: "TREE_PATH_INVALID" }),
    );
  });

  test("on all permissions is no when one of them is denied", () => {
    const nodes = tree();
    give(nodes, "/a", { effect: "allow", subject: "*", permissions: ["*"] });
    expect(decideAccess(groundOf(nodes), ada, "/a/b", "*").allowed).toBe(true);
    give(nodes, "/a/b", { effect: "deny", subject: "principal:ada", permissions: ["delete"] });
    expect(decideAccess(groundOf(nodes), ada, "/a/b", "*").allowed).toBe(false);
    expect(decideAccess(groundOf(nodes), ada, "/a", "*").allowed).toBe(true);
  });

  test("goes with the node: an entry on /a/b says nothing of /a/bc", () => {
    const nodes = tree();
    give(nodes, "/a/b", { effect: "allow", subject: "*", permissions: ["read"] });
    expect(decideAccess(groundOf(nodes), ada, "/a/bc", "read").allowed).toBe(false);
  });
});

describe("a list", () => {
  test("is a set: adding twice, removing what is not there, and back again change nothing", () => {
    const entry: AccessEntry = { effect: "deny", subject: "*", permissions: ["read"] };
    const other: AccessEntry = { ...entry, here: true };
    const once = changedEntries("/a", [], { add: [entry], remove: [] });
    expect(changedEntries("/a", once, { add: [entry], remove: [other] })).toEqual(once);
    expect(changedEntries("/a", once, { add: [], remove: [entry] })).toEqual([]);
  });

  test("is committed to: an entry changes the root, its removal gives the old one", () => {
    const nodes = tree();
    const before = nodes.root;
    const entry: AccessEntry = { effect: "deny", subject: "*", permissions: ["read"] };
    const undo = nodes.apply([{ op: "acl", path: "/a/b", add: [entry], remove: [] }]);
    expect(nodes.root).not.toEqual(before);
    undo();
    expect(nodes.root).toEqual(before);
  });

  test("has at most 64 entries", () => {
    const add = Array.from(
      { length: 65 },
      (_, i): AccessEntry => ({ effect: "deny", subject: `pid:${i + 1}`, permissions: ["read"] }),
    );
    expect(() => changedEntries("/a", [], { add, remove: [] })).toThrow(
      expect.objectContaining({ code: "TREE_CHANGE_INVALID" }),
    );
  });

  test.each([
    [{ effect: "maybe", subject: "*", permissions: ["read"] }],
    [{ effect: "deny", subject: "ada", permissions: ["read"] }],
    [{ effect: "deny", subject: "role:king", permissions: ["read"] }],
    [{ effect: "deny", subject: "pid:0", permissions: ["read"] }],
    [{ effect: "deny", subject: "*", permissions: [] }],
    [{ effect: "deny", subject: "*", permissions: ["fly"] }],
    [{ effect: "deny", subject: "*", permissions: ["read"], here: false }],
    [{ effect: "deny", subject: "*", permissions: ["read"], more: 1 }],
    [null],
  ])("has no entry %j", (entry) => {
    expect(() => readEntry("/a", entry)).toThrow(expect.objectContaining({ code: "TREE_CHANGE_INVALID" }));
  });
});
