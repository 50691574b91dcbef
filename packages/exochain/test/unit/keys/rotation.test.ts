import { toHex } from "@weftos/crypto";
import { memoryPlatform, seededRandom } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { keyId, parseKeys } from "../../../src/format/key-set.ts";
import { seedSigner } from "../../../src/keys/key-files.ts";
import { verifyChain } from "../../../src/reader/offline.ts";
import type { KeysInForce } from "../../../src/writer/chain.ts";
import { DIR, event, open, testPlatform } from "../../support/chain-fixture.ts";
import { crashAtEveryStep } from "../../support/crash-at-every-step.ts";

const publicKeys = ({ keys }: KeysInForce) => {
  const parsed = parseKeys(keys);
  if (parsed === undefined) throw new Error("no keys");
  return parsed;
};

const signerOf = (seed: number) => {
  const random = seededRandom(seed);
  return seedSigner({ ed25519: random.bytes(32), mlDsa65: random.bytes(32) });
};

describe("a rotation of keys", () => {
  it("is signed by the old keys, and everything behind it by the new ones", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    await chain.append(event(1)).durable;
    const old = await platform.files.read(`${DIR}/keys/node.ed25519`);
    const rotated = await chain.rotateKeys("a year has passed", { principal: "ada" });
    const after = chain.append(event(3));
    await after.durable;
    expect(rotated).toMatchObject({ sequence: 2, reason: "a year has passed" });
    const [first, second] = await chain.keyHistory();
    expect([first?.sequence, second?.sequence]).toEqual([0, 2]);
    expect(second).toEqual(rotated);
    expect((await chain.get(2)).actor).toMatchObject({ node: first?.keys[0]?.id, principal: "ada", pid: 0 });
    expect((await chain.get(3)).actor.node).toBe(second?.keys[0]?.id);
    const { note } = await chain.checkpoint();
    expect(note).toContain(`key Ed25519 ${rotated.keys[0]?.id}\n`);
    expect(await chain.verify()).toMatchObject({ valid: true, assurance: "signed" });
    await chain.close();

    const seed = await platform.files.read(`${DIR}/keys/node.ed25519`);
    expect(toHex(seed)).not.toBe(toHex(old));
    expect((await platform.files.stat(`${DIR}/keys/node.ed25519`))?.mode).toBe(0o600);
    expect((await platform.files.list(`${DIR}/keys`)).map(({ name }) => name)).toEqual([
      "node.ed25519",
      "node.mldsa65",
    ]);
    for (let round = 0; round < 2; round++) {
      const again = await open(platform);
      await again.append(event(4 + round)).durable;
      expect((await again.verify()).faults).toEqual([]);
      await again.close();
    }
  });

  it("keeps its place while others append, and takes its turn behind another rotation", async () => {
    const platform = testPlatform();
    const chain = await open(platform, { checkpointEvents: 2 });
    const before = [1, 2, 3].map((n) => chain.append(event(n)).durable);
    const rotations = [chain.rotateKeys("one"), chain.rotateKeys("two")];
    const during = [4, 5].map((n) => chain.append(event(n)).durable);
    chain.digest({ action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 30, time: 5 });
    await Promise.all([...before, ...rotations, ...during, chain.checkpoint()]);
    expect(await chain.keyHistory()).toHaveLength(3);
    expect((await chain.verify()).faults).toEqual([]);
    await chain.close();
    expect(await verifyChain(platform.files, DIR)).toMatchObject({ valid: true, tail: "closed" });
  });

  it("can be verified against keys kept elsewhere: those of genesis, and later ones once they have signed", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    await chain.append(event(1)).durable;
    await chain.rotateKeys("planned");
    const [first, second] = (await chain.keyHistory()) as [KeysInForce, KeysInForce];
    const { files } = platform;
    expect(await verifyChain(files, DIR, { keys: publicKeys(first) })).toMatchObject({ valid: true });
    expect((await verifyChain(files, DIR, { keys: publicKeys(second) })).faults).toMatchObject([
      { code: "CHAIN_PIN", reason: expect.stringContaining("signed nothing") },
    ]);
    await chain.append(event(2)).durable;
    await chain.close();
    expect(await verifyChain(files, DIR, { keys: publicKeys(second) })).toMatchObject({ valid: true });
    const foreign = (await signerOf(3)).keys;
    expect((await verifyChain(files, DIR, { keys: foreign })).faults).toMatchObject([{ code: "CHAIN_PIN" }]);
  });

  it("survives a crash at every step: old or new keys, never neither", { timeout: 60_000 }, async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    await chain.append(event(1)).durable;
    const crashed = await crashAtEveryStep(platform, () => chain.rotateKeys("planned"));
    let rotated = 0;
    for (const { files, at } of crashed) {
      const survivor = memoryPlatform({ clock: platform.clock, random: platform.random, files });
      const reopened = await open(survivor).catch((error: unknown) => {
        throw new Error(`not opened, crashed ${at}`, { cause: error });
      });
      await reopened.append(event(7)).durable;
      rotated += (await reopened.keyHistory()).length - 1;
      expect((await reopened.verify()).faults, at).toEqual([]);
      await reopened.rotateKeys("again");
      await reopened.append(event(8)).durable;
      await reopened.close();
      expect((await verifyChain(files, DIR)).faults, at).toEqual([]);
      const names = (await files.list(`${DIR}/keys`)).map(({ name }) => name);
      expect(names, at).toEqual(["node.ed25519", "node.mldsa65"]);
    }
    expect(rotated).toBeGreaterThan(3);
    expect(rotated).toBeLessThan(crashed.length);
    await chain.close();
  });

  it("that the disk refuses leaves the old keys in force, and can be tried again", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    const { clock, faults } = platform;
    faults.failNext(({ operation, path }) => operation === "sync" && path.includes("/chain/0"), "EIO");
    await expect(chain.rotateKeys("planned")).rejects.toMatchObject({ code: "CHAIN_NOT_WRITABLE" });
    await expect(chain.rotateKeys("too early")).rejects.toMatchObject({ code: "CHAIN_NOT_WRITABLE" });
    await clock.advance(250);
    for (let turns = 0; turns < 100 && !chain.status().writable; turns++) await Promise.resolve();
    const [genesis] = await chain.keyHistory();
    expect((await chain.tail(1))[0]).toMatchObject({ kind: "chain.recovered", actor: { node: genesis?.keys[0]?.id } });
    const { sequence } = await chain.rotateKeys("again");
    expect(sequence).toBe(2);
    expect((await chain.verify()).faults).toEqual([]);
    await chain.close();
    await (await open(platform)).close();
  });

  it("that stopped before the chain knew of it is forgotten, and foreign seeds are refused", async () => {
    const platform = testPlatform();
    await (await open(platform)).close();
    const { files } = platform;
    const seed = new Uint8Array(32).fill(7);
    await files.writeAtomic(`${DIR}/keys/next.ed25519`, seed);
    await (await open(platform)).close();
    expect(await files.stat(`${DIR}/keys/next.ed25519`)).toBeUndefined();
    await files.writeAtomic(`${DIR}/keys/next.ed25519`, seed);
    await files.writeAtomic(`${DIR}/keys/node.ed25519`, seed);
    await expect(open(platform)).rejects.toMatchObject({ code: "CHAIN_KEYS" });
  });

  it("of a signer from outside needs the next signer, and nothing lies in files", async () => {
    const platform = testPlatform();
    const chain = await open(platform, { signer: await signerOf(1) });
    await expect(chain.rotateKeys("without")).rejects.toMatchObject({ code: "CHAIN_KEYS" });
    await expect(chain.rotateKeys("", { signer: await signerOf(2) })).rejects.toMatchObject({ code: "CHAIN_KEYS" });
    const next = await signerOf(2);
    const { keys } = await chain.rotateKeys("with", { signer: next });
    expect(keys[0]?.id).toBe(toHex(keyId(next.keys.ed25519)));
    await chain.close();
    expect(await platform.files.stat(`${DIR}/keys`)).toBeUndefined();
    await expect(open(platform, { signer: await signerOf(1) })).rejects.toMatchObject({ code: "CHAIN_KEYS" });
    await (await open(platform, { signer: next })).close();
  });
});
