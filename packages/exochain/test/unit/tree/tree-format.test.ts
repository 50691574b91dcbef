// Holds the hashes to docs/formats/resource-tree.md: the example there, and a second implementation of what it says.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { encodeCanonical, toHex } from "@weftos/crypto";
import { describe, expect, test } from "vitest";
import { nameKey } from "../../../src/tree/child-trie.ts";
import { ResourceNodes } from "../../../src/tree/resource-nodes.ts";
import { parentOf } from "../../../src/tree/resource-path.ts";
import { proveNode, verifyResource } from "../../../src/tree/resource-proof.ts";
import { AGENTS, NAMESPACES } from "../../../src/tree/standard-nodes.ts";
import { bytesOf } from "../../../src/tree/tree-hash.ts";

const document = readFileSync(new URL("../../../../../docs/formats/resource-tree.md", import.meta.url), "utf8");

function example(): ResourceNodes {
  const nodes = new ResourceNodes();
  nodes.apply([
    { op: "create", path: "/services", kind: "namespace", metadata: {} },
    { op: "create", path: "/kernel", kind: "namespace", metadata: {} },
    { op: "create", path: "/apps", kind: "namespace", metadata: {} },
    { op: "create", path: "/apps/site", kind: "app", metadata: { port: 8080 } },
    { op: "score", path: "/apps/site", scoring: [800_000, 500_000, 500_000, 500_000, 900_000, 500_000] },
  ]);
  return nodes;
}

/** The document's T, by Node alone. */
function hashed(tag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256").update(Uint8Array.of(tag.length)).update(tag);
  for (const part of parts) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(part.length));
    hash.update(length).update(part);
  }
  return new Uint8Array(hash.digest());
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The document's §2 and §3, read once more. */
function childrenOf(nodes: ResourceNodes, path: string): Leaf[] {
  return [...nodes.require(path).children.values()].map((child) => {
    const key = hashed("weftos/tree/v3/key", utf8(child.path.split("/").at(-1) as string));
    return { key: toHex(key), hash: nodeOf(nodes, child.path) };
  });
}

interface Leaf {
  readonly key: string;
  readonly hash: Uint8Array;
}

function slotsOf(leaves: readonly Leaf[], depth: number): Uint8Array {
  const slots = [..."0123456789abcdef"].map((digit) => leaves.filter(({ key }) => key[depth] === digit));
  const mask = slots.reduce((sum, { length }, slot) => sum + (length > 0 ? 2 ** slot : 0), 0);
  const hashes = slots.flatMap((held) => {
    const [only] = held;
    if (only === undefined) return [];
    return [held.length === 1 ? only.hash : hashed("weftos/tree/v3/branch", slotsOf(held, depth + 1))];
  });
  return new Uint8Array(Buffer.concat([Uint8Array.of(mask % 256, Math.floor(mask / 256)), ...hashes]));
}

function nodeOf(nodes: ResourceNodes, path: string): Uint8Array {
  const { kind, metadata, scoring, access, parent } = nodes.require(path);
  const scores = Buffer.alloc(24);
  for (const [at, score] of scoring.entries()) scores.writeUInt32LE(score, 4 * at);
  const list = access.length === 0 ? [] : [encodeCanonical(access.map((entry) => ({ ...entry })))];
  const facts = [utf8(path), utf8(kind), utf8(parent?.path ?? ""), encodeCanonical(metadata), scores, ...list];
  const own = hashed("weftos/tree/v3/own", ...facts);
  const children = childrenOf(nodes, path);
  return children.length === 0 ? own : hashed("weftos/tree/v3/node", own, slotsOf(children, 0));
}

describe("the written format of the tree", () => {
  test("gives the hashes of its example", () => {
    const nodes = example();
    toHex(nodes.root);
    const rows = [...document.matchAll(/^\| `(\/[a-z/]*)` \| (\w+) \| `([0-9a-f]{64})` \|$/gm)];
    expect(rows).toHaveLength(11);
    for (const [, path = "", name = "", value] of rows) {
      const node = nodes.require(path);
      const { own, digest, key } = node;
      const known: Readonly<Record<string, string>> = { own, node: digest, key };
      expect(`${path} ${name} ${toHex(bytesOf(known[name] ?? ""))}`).toBe(`${path} ${name} ${value}`);
    }
  });

  test("gives the way to the agents no fork between their namespaces", () => {
    const digit = (path: string): string => toHex(bytesOf(nameKey(path.split("/").at(-1) as string)))[0] as string;
    const besides = (path: string): readonly string[] =>
      NAMESPACES.filter((other) => other !== path && parentOf(other) === parentOf(path)).map(digit);
    for (const path of ["/kernel", AGENTS]) {
      expect(besides(path).length).toBeGreaterThan(1);
      expect(besides(path)).not.toContain(digit(path));
    }
  });

  test("gives the proof of its example", () => {
    const proof = proveNode(example().require("/apps/site"));
    expect(proof.children).toBe("");
    expect(proof.above.map(({ steps }) => steps.map(({ slots }) => slots))).toEqual([[16], [65]]);
    expect(document).toContain(`| \`/\` | node | \`${proof.root}\` |`);
    expect(document).toContain(`| branch | \`${proof.above[1]?.steps[0]?.siblings[0]}\` |`);
    expect(verifyResource(proof, proof.root)).toBe(true);
  });

  test("is what a second implementation makes of it, with many children, access lists, and after removals", () => {
    const nodes = example();
    const path = (i: number): string => `/apps/a${i}`;
    for (let i = 0; i < 120; i++) {
      nodes.apply([{ op: "create", path: path(i), kind: "custom:thing", metadata: { i, name: `ä${i}` } }]);
      if (i % 3 === 0) {
        const add = [{ effect: "allow", subject: "*", permissions: ["read"] }] as const;
        nodes.apply([{ op: "acl", path: path(i), add, remove: [] }]);
      }
      if (i % 4 === 3) nodes.apply([{ op: "remove", path: path(i - 2) }]);
      expect(toHex(nodes.root)).toBe(toHex(nodeOf(nodes, "/")));
    }
  });
});
