import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { ed25519, fromBase64, mlDsa65, toHex } from "@weftos/crypto";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { parseNote } from "../../../src/format/checkpoint-note.ts";
import { ed25519LineHash } from "../../../src/format/key-set.ts";
import { seedSigner } from "../../../src/keys/key-files.ts";
import { DIR, open, testPlatform } from "../../support/chain-fixture.ts";
import { crashAtEveryStep } from "../../support/crash-at-every-step.ts";

const seeds = { ed25519: new Uint8Array(32).fill(1), mlDsa65: new Uint8Array(32).fill(2) };

describe("the keys of a chain that begins", () => {
  it("lie in files of mode 0600 in a folder of mode 0700, and whole or not at all whenever the first start is cut short", async () => {
    const platform = testPlatform();
    const crashed = await crashAtEveryStep(platform, async () => await (await open(platform)).close());
    for (const name of ["ed25519", "mldsa65"])
      expect(await platform.files.stat(`${DIR}/keys/node.${name}`)).toMatchObject({ mode: 0o600, size: 32 });
    expect((await platform.files.stat(`${DIR}/keys`))?.mode).toBe(0o700);
    expect(crashed.some(({ at }) => at.includes("keys/"))).toBe(true);
    for (const { files, at } of crashed) {
      const again = await open(memoryPlatform({ clock: platform.clock, random: platform.random, files }));
      expect((await again.verify()).faults, at).toEqual([]);
      await again.close();
      expect(
        (await files.list(`${DIR}/keys`)).map(({ name }) => name),
        at,
      ).toEqual(["node.ed25519", "node.mldsa65"]);
    }
  });
});

describe("signing", () => {
  it("gives the keys of the seeds on every provider, and signatures that the other provider accepts", async () => {
    const signer = await seedSigner(seeds);
    const { publicKey, secretKey } = ml_dsa65.keygen(seeds.mlDsa65);
    expect(toHex(signer.keys.mlDsa65)).toBe(toHex(publicKey));
    const text = new TextEncoder().encode("a note\n");
    const signed = await signer.sign(text);
    expect(ml_dsa65.verify(signed.mlDsa65, text, publicKey)).toBe(true);
    expect((await mlDsa65()).verifier(publicKey).verify(text, ml_dsa65.sign(text, secretKey))).toBe(true);
    expect(ed25519.verifier(signer.keys.ed25519).verify(text, signed.ed25519)).toBe(true);
  });

  it("makes notes whose first line a client of C2SP signed notes accepts", async () => {
    // Key name, key hash and key of the example in the signed-note specification's reference implementation.
    const key = fromBase64("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").slice(1);
    expect(toHex(ed25519LineHash("PeterNeumann", key))).toBe("c74f20a3");
    const chain = await open(testPlatform());
    const { note } = await chain.checkpoint();
    await chain.close();
    const parsed = parseNote(new TextEncoder().encode(note));
    if (typeof parsed === "string") throw new Error(parsed);
    const [text = "", signatures = ""] = note.split("\n\n");
    expect(signatures).toMatch(/^\u2014 weftos\/exochain\/v2\/[0-9a-f]{32} [A-Za-z0-9+/]+=*\n\u2014 /);
    expect(text.split("\n")[1]).toBe("1");
    expect(parsed.size).toBe(1);
  });
});
