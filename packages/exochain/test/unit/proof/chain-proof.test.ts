import { fromBase64, toBase64, toHex } from "@weftos/crypto";
import { asyncProperty, assert as check, integer } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseKeys } from "../../../src/format/key-set.ts";
import { bundleText, type ProofDocument } from "../../../src/proof/proof-bundle.ts";
import { checkConsistency, verifyProof } from "../../../src/verify.ts";
import { DIR, event, open, restore, testPlatform } from "../../support/chain-fixture.ts";
import { fixedSigner, rotatedChain } from "../../vectors/make-vectors.ts";

const CACHE = `${DIR}/cache/tiles`;

async function chainOf(events: number, platform = testPlatform()) {
  const chain = await open(platform, { checkpointEvents: 100_000, maxWaiting: 100_000 });
  let last: Promise<void> | undefined;
  for (let n = 1; n <= events; n++) last = chain.append(event(n)).durable;
  await last;
  return { chain, platform };
}

describe("a proof bundle", () => {
  it("proves an event offline with its payload, the newest one too by taking a checkpoint", async () => {
    const { chain } = await chainOf(40);
    const { sequence } = chain.append(event(41));
    const shown = await verifyProof(bundleText(await chain.proof(17)));
    expect(shown).toMatchObject({
      valid: true,
      assurance: "signed",
      payload: "shown",
      chainId: chain.status().chainId,
      event: {
        sequence: 17,
        kind: "test.happened",
        payload: { n: 17 },
        redacted: false,
        hash: (await chain.get(17)).hash,
      },
      checkpoint: { size: 42, head: chain.status().head },
    });
    expect(await verifyProof(bundleText(await chain.proof(sequence)))).toMatchObject({
      valid: true,
      event: { sequence: 41, payload: { n: 41 } },
    });
    expect(await verifyProof(await chain.proof(0))).toMatchObject({ event: { kind: "chain.genesis" } });
    expect(await verifyProof(JSON.stringify(await chain.proof(0)))).toMatchObject({
      code: "CHAIN_PROOF",
      reason: expect.stringContaining("bundleText"),
    });
    await expect(chain.proof(42)).rejects.toMatchObject({ code: "CHAIN_EVENT_NOT_FOUND" });
    await expect(chain.proof(-1)).rejects.toThrow(RangeError);
    await expect(chain.proof(3, { from: 0 })).rejects.toMatchObject({ code: "CHAIN_PROOF_RANGE" });
    await expect(chain.proof(3, { from: 43 })).rejects.toMatchObject({ code: "CHAIN_PROOF_RANGE" });
    await chain.close();
  });

  it("tells a payload that was redacted from one that never was, and speaks of the keys in force", async () => {
    const platform = testPlatform();
    await restore(platform.files, rotatedChain());
    const chain = await open(platform, { signer: fixedSigner(0x2b) });
    const keys = fixedSigner(0x2b).keys;
    const redacted = await verifyProof(bundleText(await chain.proof(1)), { keys });
    expect(redacted).toMatchObject({
      valid: true,
      assurance: "pinned",
      payload: "redacted",
      event: { kind: "note.made", payload: undefined, redacted: true },
    });
    const bare = await chain.proof(4);
    expect(await verifyProof(bundleText(bare), { keys })).toMatchObject({
      valid: true,
      payload: "none",
      event: { kind: "test.happened", payload: undefined, redacted: false },
    });
    expect(await verifyProof(bundleText({ ...bare, payload: "redacted" }))).toMatchObject({ code: "CHAIN_CONTENT" });
    const old = await verifyProof(bundleText(bare), { keys: fixedSigner(0x2a).keys });
    expect(old).toMatchObject({ valid: false, code: "CHAIN_PIN" });
    await chain.close();
  });

  it("names the keys that signed, right behind a rotation of keys too", async () => {
    const { chain } = await chainOf(5);
    const before = parseKeys((await chain.keyHistory())[0]?.keys);
    await chain.rotateKeys("yearly");
    expect(await verifyProof(bundleText(await chain.proof(6)), { keys: before })).toMatchObject({
      assurance: "pinned",
    });
    chain.append(event(7));
    const after = parseKeys((await chain.keyHistory())[1]?.keys);
    expect(await verifyProof(bundleText(await chain.proof(7)), { keys: after })).toMatchObject({ assurance: "pinned" });
    await chain.close();
  });

  it("holds against keys, a head and checkpoints kept elsewhere, and not against others", async () => {
    const { chain } = await chainOf(10);
    const old = await chain.checkpoint();
    for (let n = 0; n < 30; n++) chain.append(event(n));
    const now = await chain.checkpoint();
    const document = await chain.proof(25, { from: old.size });
    const text = bundleText(document);
    const keys = parseKeys(document.keys);
    const pinned = { valid: true, assurance: "pinned" };
    expect(await verifyProof(text, { keys })).toMatchObject(pinned);
    expect(await verifyProof(text, { head: now.head })).toMatchObject(pinned);
    expect(await verifyProof(text, { head: (await chain.get(25)).hash })).toMatchObject(pinned);
    expect(await verifyProof(text, { checkpoint: now.note })).toMatchObject(pinned);
    expect(await verifyProof(text, { checkpoint: new TextEncoder().encode(old.note) })).toMatchObject(pinned);
    const refused = { valid: false, code: "CHAIN_PIN" };
    expect(await verifyProof(bundleText(await chain.proof(25)), { checkpoint: old.note })).toMatchObject(refused);
    expect(await verifyProof(text, { checkpoint: "not a note" })).toMatchObject(refused);
    expect(await verifyProof(text, { head: "0".repeat(64) })).toMatchObject(refused);
    await expect(verifyProof(text, { head: "0" })).rejects.toThrow(RangeError);

    const other = await chainOf(60, testPlatform(8));
    const foreign = await other.chain.checkpoint();
    expect(await verifyProof(text, { checkpoint: foreign.note })).toMatchObject(refused);
    const foreignKeys = parseKeys((await other.chain.proof(1)).keys);
    expect(await verifyProof(text, { keys: foreignKeys })).toMatchObject(refused);
    const forked = old.note.replace(/^[A-Za-z0-9+/]{43}=$/m, toBase64(new Uint8Array(32)));
    expect(await verifyProof(text, { checkpoint: forked })).toMatchObject(refused);
    await chain.close();
    await other.chain.close();
  });

  it("is refused with any byte changed", async () => {
    const { chain } = await chainOf(12);
    const { size } = await chain.checkpoint();
    chain.append(event(99));
    const bytes = new TextEncoder().encode(bundleText(await chain.proof(7, { from: size })));
    await chain.close();
    expect(await verifyProof(bytes)).toMatchObject({ valid: true });
    const found = new Map<string, number>();
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ 1;
      const result = await verifyProof(changed);
      if (result.valid) throw new Error(`byte ${at} does not matter`);
      found.set(result.code, (found.get(result.code) ?? 0) + 1);
    }
    expect([...found.keys()].sort()).toEqual(
      expect.arrayContaining(["CHAIN_CHECKPOINT", "CHAIN_CONTENT", "CHAIN_EVENT", "CHAIN_PROOF", "CHAIN_SIGNATURE"]),
    );
    for (const cut of [0, 1, bytes.length >> 1, bytes.length - 1]) {
      expect(await verifyProof(bytes.subarray(0, cut))).toMatchObject({ valid: false, code: "CHAIN_PROOF" });
    }
    expect(await verifyProof(new Uint8Array(600_000))).toMatchObject({ valid: false, code: "CHAIN_PROOF" });
  }, 60_000);

  it("is refused when its parts are whole but do not belong together", async () => {
    const { chain } = await chainOf(20);
    const document = await chain.proof(5);
    const other = await chain.proof(6);
    await chain.close();
    const change = async (more: object): Promise<unknown> =>
      await verifyProof(bundleText({ ...document, ...more } as ProofDocument));
    expect(await change({ sequence: 6 })).toMatchObject({ code: "CHAIN_EVENT" });
    expect(await change({ event: other.event })).toMatchObject({ code: "CHAIN_EVENT" });
    expect(await change({ event: other.event, sequence: 6, payload: other.payload })).toMatchObject({
      code: "CHAIN_PROOF",
    });
    expect(await change({ event: toBase64(Uint8Array.of(...fromBase64(document.event), 0)) })).toMatchObject({
      code: "CHAIN_EVENT",
    });
    expect(await change({ event: "" })).toMatchObject({ code: "CHAIN_EVENT" });
    expect(await change({ payload: other.payload })).toMatchObject({ code: "CHAIN_CONTENT" });
    expect(await change({ payload: null })).toMatchObject({ code: "CHAIN_CONTENT" });
    expect(await change({ payload: { salt: "", content: "" } })).toMatchObject({ code: "CHAIN_CONTENT" });
    expect(await change({ payload: {} })).toMatchObject({ code: "CHAIN_PROOF" });
    expect(await change({ inclusion: other.inclusion })).toMatchObject({ code: "CHAIN_PROOF" });
    expect(await change({ inclusion: document.inclusion.slice(1) })).toMatchObject({ code: "CHAIN_PROOF" });
    expect(await change({ inclusion: ["AAAA"] })).toMatchObject({ code: "CHAIN_PROOF" });
    expect(await change({ inclusion: "AAAA" })).toMatchObject({ code: "CHAIN_PROOF" });
    expect(await change({ consistency: { size: 3, root: document.inclusion[0], path: [] } })).toMatchObject({
      code: "CHAIN_PROOF",
    });
    expect(await change({ consistency: [] })).toMatchObject({ code: "CHAIN_PROOF" });
    expect(await change({ keys: [] })).toMatchObject({ code: "CHAIN_PROOF" });
    expect(await change({ format: "weftos/exochain/v3/proof" })).toMatchObject({ code: "CHAIN_PROOF" });
    expect(await change({ sequence: -5 })).toMatchObject({ code: "CHAIN_PROOF" });
    expect(await change({ checkpoint: 5 })).toMatchObject({ code: "CHAIN_PROOF" });
    expect(await change({ checkpoint: "" })).toMatchObject({ code: "CHAIN_CHECKPOINT" });
    // What is not shown proves the event all the same; nothing is claimed of its payload.
    expect(await change({ payload: "redacted" })).toMatchObject({
      valid: true,
      payload: "redacted",
      event: { redacted: true },
    });
    expect(await verifyProof(JSON.stringify(document))).toMatchObject({ code: "CHAIN_PROOF" });
  });
});

describe("consistency", () => {
  it("holds between any two sizes of the chain, and nothing else is proven", async () => {
    const { chain } = await chainOf(30);
    for (const [from, to] of [
      [1, 31],
      [8, 16],
      [13, 31],
      [31, 31],
      [3, 7],
    ] as const) {
      const { fromRoot, toRoot, path } = await chain.consistency(from, to);
      const claim = {
        from,
        to,
        fromRoot: fromBase64(fromRoot),
        toRoot: fromBase64(toRoot),
        path: path.map(fromBase64),
      };
      expect(checkConsistency(claim)).toBe(true);
    }
    expect((await chain.consistency(5)).to).toBe(31);
    for (const [from, to] of [
      [0, 5],
      [6, 5],
      [1, 32],
      [1.5, 1],
    ] as const) {
      await expect(chain.consistency(from, to)).rejects.toMatchObject({ code: "CHAIN_PROOF_RANGE" });
    }
    await chain.close();
  });
});

describe("the hashes that proofs are made of", () => {
  it("are written as the chain grows, and continue where a later opening finds them", async () => {
    const { chain, platform } = await chainOf(5000);
    expect(await verifyProof(bundleText(await chain.proof(4711)))).toMatchObject({ valid: true });
    await chain.close();
    expect((await platform.files.stat(`${CACHE}/0`))?.size).toBe(chain.status().events * 32);
    expect((await platform.files.stat(`${CACHE}/1`))?.size).toBe((chain.status().events >> 8) * 32);
    const again = await chainOf(3000, platform);
    expect(await verifyProof(bundleText(await again.chain.proof(7000)))).toMatchObject({ valid: true });
    await again.chain.close();
    expect((await platform.files.stat(`${CACHE}/0`))?.size).toBe(again.chain.status().events * 32);
  });

  it("are made again when they are gone, cut, grown or wrong", async () => {
    const { chain, platform } = await chainOf(1500);
    await chain.close();
    const { files } = platform;
    const whole = [await files.read(`${CACHE}/0`), await files.read(`${CACHE}/1`)].map((bytes) => bytes.slice());
    const [low, high] = whole as [Uint8Array, Uint8Array];
    const damages: (() => Promise<void>)[] = [
      () => files.remove(CACHE, { recursive: true }),
      () => files.remove(`${CACHE}/1`),
      () => files.writeAtomic(`${CACHE}/0`, low.slice(0, 40_001)),
      () => files.writeAtomic(`${CACHE}/0`, new Uint8Array(0)),
      () => files.writeAtomic(`${CACHE}/0`, Uint8Array.of(...low, ...low)),
      () => files.writeAtomic(`${CACHE}/1`, high.slice(0, 33)),
      () => files.writeAtomic(`${CACHE}/0`, new Uint8Array(low.length)),
      () => files.writeAtomic(`${CACHE}/1`, Uint8Array.of(...high, ...high)),
      () =>
        files.writeAtomic(
          `${CACHE}/1`,
          high.map((byte, i) => (i === 35 ? byte ^ 1 : byte)),
        ),
    ];
    for (const damage of damages) {
      await damage();
      const again = await open(platform);
      for (const sequence of [3, 300, 1400]) {
        expect(await verifyProof(bundleText(await again.proof(sequence)))).toMatchObject({ valid: true });
      }
      await again.close();
      expect(toHex(await files.read(`${CACHE}/0`))).toBe(toHex(low));
      expect(toHex(await files.read(`${CACHE}/1`))).toBe(toHex(high));
    }
  }, 30_000);

  it("never keep a commit that failed, and a disk that fails them does not fail the chain", async () => {
    const { chain, platform } = await chainOf(3);
    const ofTiles = ({ operation, path }: { operation: string; path: string }): boolean =>
      operation === "write" && path.includes("cache/tiles");
    platform.faults.failNext(ofTiles, "ENOSPC", { writtenBytes: 45 });
    for (let n = 0; n < 2100; n++) chain.append(event(n));
    await chain.flush();
    expect(await verifyProof(bundleText(await chain.proof(2000)))).toMatchObject({ valid: true });
    chain.append(event(4999));
    platform.faults.failNext(ofTiles, "EIO");
    expect(await verifyProof(bundleText(await chain.proof(2103)))).toMatchObject({ valid: true });
    platform.faults.failNext(ofTiles, "ENOSPC");
    chain.append(event(5000));
    await chain.close();
    const again = await open(platform);
    expect(await verifyProof(bundleText(await again.proof(2104)))).toMatchObject({ valid: true });
    await again.close();
  });

  it("lead from any size of the chain to any later one", async () => {
    const { chain } = await chainOf(700);
    await chain.checkpoint();
    const sizes = integer({ min: 1, max: 701 });
    await check(
      asyncProperty(sizes, sizes, async (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const { fromRoot, toRoot, path } = await chain.consistency(from, to);
        const roots = { fromRoot: fromBase64(fromRoot), toRoot: fromBase64(toRoot) };
        expect(checkConsistency({ from, to, ...roots, path: path.map(fromBase64) })).toBe(true);
      }),
    );
    await chain.close();
  });
});
