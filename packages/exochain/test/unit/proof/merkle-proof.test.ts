import { sha256, toHex } from "@weftos/crypto";
import { assert as check, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { checkConsistency, checkInclusion } from "../../../src/proof/check-proof.ts";
import { consistencyProof, type HashReader, inclusionProof, rootOf } from "../../../src/proof/merkle-proof.ts";

// The definitions of RFC 6962 §2.1, word for word and slow.
const entries = Array.from({ length: 300 }, (_, n) => sha256(new TextEncoder().encode(`entry ${n}`)));

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function half(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

const memory = new Map<string, Uint8Array>();

function mth(from: number, to: number): Uint8Array {
  const name = `${from} ${to}`;
  const known = memory.get(name);
  if (known !== undefined) return known;
  const made = slowMth(from, to);
  memory.set(name, made);
  return made;
}

function slowMth(from: number, to: number): Uint8Array {
  if (to === from) return sha256(new Uint8Array(0));
  if (to - from === 1) return sha256(join(Uint8Array.of(0), entries[from] as Uint8Array));
  const k = half(to - from);
  return sha256(join(Uint8Array.of(1), mth(from, from + k), mth(from + k, to)));
}

function path(m: number, from: number, to: number): Uint8Array[] {
  if (to - from === 1) return [];
  const k = half(to - from);
  return m < k ? [...path(m, from, from + k), mth(from + k, to)] : [...path(m - k, from + k, to), mth(from, from + k)];
}

function subproof(m: number, from: number, to: number, whole: boolean): Uint8Array[] {
  if (m === to - from) return whole ? [] : [mth(from, to)];
  const k = half(to - from);
  return m <= k
    ? [...subproof(m, from, from + k, whole), mth(from + k, to)]
    : [...subproof(m - k, from + k, to, false), mth(from, from + k)];
}

const read: HashReader = async (level, index) => {
  expect((index + 1) * 2 ** level).toBeLessThanOrEqual(entries.length);
  return mth(index * 2 ** level, (index + 1) * 2 ** level);
};
const hex = (hashes: readonly Uint8Array[]): string[] => hashes.map(toHex);

describe("Merkle proofs", () => {
  it("are those of the definition, for every entry of every small tree", async () => {
    for (let size = 1; size <= 70; size++) {
      expect(toHex(await rootOf(read, size))).toBe(toHex(mth(0, size)));
      for (let index = 0; index < size; index++) {
        const proof = await inclusionProof(read, index, size);
        expect(hex(proof)).toEqual(hex(path(index, 0, size)));
        const entry = entries[index] as Uint8Array;
        expect(checkInclusion({ entry, index, size, root: mth(0, size), path: proof })).toBe(true);
      }
      for (let from = 1; from <= size; from++) {
        const proof = await consistencyProof(read, from, size);
        expect(hex(proof)).toEqual(hex(subproof(from, 0, size, true)));
        const claim = { from, fromRoot: mth(0, from), to: size, toRoot: mth(0, size), path: proof };
        expect(checkConsistency(claim)).toBe(true);
      }
    }
    expect(toHex(await rootOf(read, 0))).toBe(toHex(sha256(new Uint8Array(0))));
  });

  it("prove nothing else: another entry, place, size, root or path is refused", async () => {
    const size = integer({ min: 2, max: entries.length });
    await check(
      property(size, integer({ min: 0 }), integer({ min: 0 }), integer({ min: 0, max: 255 }), (n, at, where, bit) => {
        const index = at % n;
        const proof = path(index, 0, n);
        const claim = { entry: entries[index] as Uint8Array, index, size: n, root: mth(0, n), path: proof };
        expect(checkInclusion(claim)).toBe(true);
        const flip = (bytes: Uint8Array): Uint8Array =>
          bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        expect(checkInclusion({ ...claim, entry: flip(claim.entry) })).toBe(false);
        expect(checkInclusion({ ...claim, root: flip(claim.root) })).toBe(false);
        expect(checkInclusion({ ...claim, index: (index + 1) % n })).toBe(false);
        expect(checkInclusion({ ...claim, path: proof.slice(1) })).toBe(false);
        expect(checkInclusion({ ...claim, path: [...proof, claim.root] })).toBe(false);
        const changed = proof.map((hash, i) => (i === where % proof.length ? flip(hash) : hash));
        expect(checkInclusion({ ...claim, path: changed })).toBe(false);

        const from = index + 1;
        const steps = subproof(from, 0, n, true);
        const trees = { from, fromRoot: mth(0, from), to: n, toRoot: mth(0, n), path: steps };
        expect(checkConsistency(trees)).toBe(true);
        expect(checkConsistency({ ...trees, fromRoot: flip(trees.fromRoot) })).toBe(false);
        expect(checkConsistency({ ...trees, toRoot: flip(trees.toRoot) })).toBe(false);
        expect(checkConsistency({ ...trees, path: [...steps, claim.root] })).toBe(false);
        if (steps.length === 0) return;
        expect(checkConsistency({ ...trees, path: steps.slice(1) })).toBe(false);
        const bent = steps.map((hash, i) => (i === where % steps.length ? flip(hash) : hash));
        expect(checkConsistency({ ...trees, path: bent })).toBe(false);
      }),
    );
  });

  it("are refused for places that no tree has", async () => {
    await expect(inclusionProof(read, 5, 5)).rejects.toThrow(RangeError);
    await expect(inclusionProof(read, 0, 0)).rejects.toThrow(RangeError);
    await expect(inclusionProof(read, 0.5, 2)).rejects.toThrow(RangeError);
    await expect(consistencyProof(read, 0, 5)).rejects.toThrow(RangeError);
    await expect(consistencyProof(read, 6, 5)).rejects.toThrow(RangeError);
    const root = mth(0, 1);
    const entry = entries[0] as Uint8Array;
    for (const [index, size] of [
      [1, 1],
      [0, 0],
      [-1, 1],
      [0.5, 1],
      [0, Number.NaN],
    ] as const) {
      expect(checkInclusion({ entry, index, size, root, path: [] })).toBe(false);
    }
    for (const [from, to] of [
      [0, 1],
      [2, 1],
      [1.5, 2],
      [1, Number.POSITIVE_INFINITY],
    ] as const) {
      expect(checkConsistency({ from, fromRoot: root, to, toRoot: root, path: [] })).toBe(false);
    }
    expect(checkConsistency({ from: 1, fromRoot: root.slice(1), to: 1, toRoot: root.slice(1), path: [] })).toBe(false);
  });

  it("know trees far beyond 32 bits", () => {
    const size = 2 ** 45 + 3;
    const root = mth(0, 1);
    const entry = entries[0] as Uint8Array;
    expect(checkInclusion({ entry, index: 2 ** 45 + 1, size, root, path: [] })).toBe(false);
    expect(checkInclusion({ entry, index: 5, size, root, path: Array.from({ length: 46 }, () => root) })).toBe(false);
  });
});
