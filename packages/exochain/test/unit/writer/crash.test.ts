import { isWeftError } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { decodeAcked } from "../../../src/format/acked-slot.ts";
import { verifyChain } from "../../../src/reader/offline.ts";
import { verify } from "../../../src/verify.ts";
import {
  bytesOf,
  copyOf,
  DIR,
  event,
  open,
  restore,
  type Snapshot,
  smallChain,
  snapshot,
  sourceOf,
  testPlatform,
} from "../../support/chain-fixture.ts";
import { crashAtEveryStep } from "../../support/crash-at-every-step.ts";

const EVENTS = "chain/000000000000.rvf";
const CONTENT = "chain/content/000000000000.rvf";

/** Bytes as a crash would leave them: two more events written, the acknowledgement still that of before. */
async function unacknowledged(): Promise<{ before: Snapshot; after: Snapshot }> {
  const platform = testPlatform();
  const chain = await open(platform);
  await chain.append(event(1)).durable;
  const before = await snapshot(platform.files);
  await chain.append(event(2)).durable;
  await chain.append(event(3)).durable;
  const after = await snapshot(platform.files);
  after.set("run/acked", bytesOf(before, "run/acked"));
  return { before, after };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    if (isWeftError(error)) return error.code;
    throw error;
  }
}

describe("a write that a crash cut short", () => {
  for (const file of [EVENTS, CONTENT]) {
    it(`is dropped and reported wherever it ends in ${file}`, { timeout: 120_000 }, async () => {
      const { before, after } = await unacknowledged();
      const start = bytesOf(before, file).length;
      const end = bytesOf(after, file).length;
      for (let length = start; length <= end; length += 1) {
        const torn = copyOf(after);
        torn.set(file, bytesOf(after, file).slice(0, length));
        const platform = testPlatform();
        await restore(platform.files, torn);
        await platform.files.makeFolder("/weft/keys");
        await platform.files.writeAtomic("/weft/keys/node.ed25519", keysOf.ed25519);
        await platform.files.writeAtomic("/weft/keys/node.mldsa65", keysOf.mlDsa65);
        const chain = await open(platform);
        const { events } = chain.status();
        const tail = (await chain.tail(10)).map(({ kind }) => kind);
        const whole = events === 4 && length === end;
        const clean = length === start && file === EVENTS;
        if (whole) expect(tail).toEqual(["chain.genesis", "test.happened", "test.happened", "test.happened"]);
        else expect(tail.at(-1)).toBe("chain.recovered");
        expect(tail.slice(0, 2)).toEqual(["chain.genesis", "test.happened"]);
        expect(clean && whole).toBe(false);
        const result = await chain.verify();
        expect(result.faults).toEqual([]);
        await chain.close();
      }
    });
  }

  it("is called torn by the verifier before it is repaired, and is not torn while the writer lives", async () => {
    const { after } = await unacknowledged();
    after.set(EVENTS, bytesOf(after, EVENTS).slice(0, -100));
    const result = await verify(sourceOf(after));
    expect(result).toMatchObject({ valid: false, tail: "torn", assurance: "linked", faults: [{ code: "CHAIN_TORN" }] });
    expect(await verify(sourceOf(after), { live: true })).toMatchObject({ valid: true, tail: "open" });
  });
});

describe("damage below the acknowledged length", () => {
  it("refuses to open, names file and offset, and changes nothing", async () => {
    const { files, platform } = await smallChain();
    for (const path of [EVENTS, CONTENT]) {
      for (const at of [0, 5, 70, 900, 3500]) {
        const changed = copyOf(files);
        const bytes = bytesOf(changed, path);
        bytes[at] = (bytes[at] as number) ^ 0x10;
        await restore(platform.files, changed);
        await platform.files.remove("/weft/cache", { recursive: true }).catch(() => undefined);
        const failure = await open(platform).catch((error: unknown) => error);
        expect(isWeftError(failure, "CHAIN_DAMAGED")).toBe(true);
        if (isWeftError(failure)) expect(failure.details).toMatchObject({ file: path });
        expect(await snapshot(platform.files)).toEqual(changed);
      }
    }
  });

  it("is truncation when whole segments are missing at the end", async () => {
    const { files, platform } = await smallChain();
    const acked = decodeAcked(bytesOf(files, "run/acked"));
    expect(acked?.events).toBe(5);
    const { files: shorter } = await shortened(files);
    await restore(platform.files, shorter);
    await platform.files.remove("/weft/cache", { recursive: true });
    expect(await codeOf(open(platform))).toBe("CHAIN_TRUNCATED");
  });

  it("is not forgiven because the acknowledgement is gone", async () => {
    const { files, platform } = await smallChain();
    const { files: shorter } = await shortened(files);
    shorter.delete("run/acked");
    await restore(platform.files, shorter);
    await platform.files.remove("/weft/cache", { recursive: true });
    expect(await codeOf(open(platform))).toBe("CHAIN_TRUNCATED");
  });

  it("refuses when the chain vanished but not its traces", async () => {
    const { files, platform } = await smallChain();
    const changed = copyOf(files);
    changed.delete(EVENTS);
    changed.delete(CONTENT);
    await restore(platform.files, changed);
    expect(await codeOf(open(platform))).toBe("CHAIN_TRUNCATED");
  });

  it("refuses keys that are missing, cut or of another node", async () => {
    const { platform } = await smallChain();
    const seed = await platform.files.read("/weft/keys/node.ed25519");
    await platform.files.writeAtomic(
      "/weft/keys/node.ed25519",
      seed.map((byte) => byte ^ 1),
    );
    expect(await codeOf(open(platform))).toBe("CHAIN_KEYS");
    await platform.files.writeAtomic("/weft/keys/node.ed25519", seed.slice(1));
    expect(await codeOf(open(platform))).toBe("CHAIN_KEYS");
    await platform.files.remove("/weft/keys/node.ed25519");
    expect(await codeOf(open(platform))).toBe("CHAIN_KEYS");
  });

  it("is found in the leaves of digest records", async () => {
    const { platform } = await smallChain();
    await platform.files.writeAtomic("/weft/journal/leaves", new Uint8Array(40));
    expect(await codeOf(open(platform))).toBe("CHAIN_DAMAGED");
    await platform.files.remove("/weft/journal/leaves");
    expect(await codeOf(open(platform))).toBe("CHAIN_DAMAGED");
  });
});

describe("a lost acknowledgement", () => {
  it("is reported, and the chain goes on from what is there", async () => {
    const { platform } = await smallChain();
    await platform.files.remove("/weft/run/acked");
    const chain = await open(platform);
    expect((await chain.tail(1))[0]).toMatchObject({ kind: "chain.recovered", payload: { cause: "acked-missing" } });
    expect((await chain.verify()).faults).toEqual([]);
  });
});

async function shortened(files: Snapshot): Promise<{ files: Snapshot }> {
  const platform = testPlatform();
  const chain = await open(platform);
  await chain.append(event(1)).durable;
  const early = await snapshot(platform.files);
  const shorter = copyOf(files);
  shorter.set(EVENTS, bytesOf(early, EVENTS));
  shorter.set(CONTENT, bytesOf(early, CONTENT));
  shorter.delete("journal/leaves");
  return { files: shorter };
}

const keysOf = await (async () => {
  const platform = testPlatform();
  await (await open(platform)).close();
  return {
    ed25519: await platform.files.read("/weft/keys/node.ed25519"),
    mlDsa65: await platform.files.read("/weft/keys/node.mldsa65"),
  };
})();

describe("digest records", () => {
  it("and the event that commits to them outlive a crash at any step together, also when their file changes", async () => {
    const platform = testPlatform();
    const init = { leavesBytes: 32_000 };
    const chain = await open(platform, init);
    const crashed = await crashAtEveryStep(platform, async () => {
      for (let batch = 0; batch < 4; batch++) {
        for (let n = 0; n < 1000; n++)
          chain.digest({ action: "ipc.send", actor: 1, target: n, outcome: "ok", bytes: n, time: 1 });
        await chain.flush();
      }
    });
    expect(crashed.some(({ at }) => at.includes("rename") && at.includes("leaves"))).toBe(true);
    for (const { files, at } of crashed) {
      const before = await verifyChain(files, DIR);
      const faults = before.faults.filter(({ code }) => code !== "CHAIN_TORN");
      // What a failing disk made of the first bytes of a new file is put right by the opening.
      if (at.endsWith("killed")) expect([at, faults]).toEqual([at, []]);
      const again = await open(memoryPlatform({ clock: platform.clock, random: platform.random, files }), init);
      again.digest({ action: "ipc.send", actor: 1, target: 1, outcome: "ok", bytes: 1, time: 1 });
      await again.close();
      expect([at, (await verifyChain(files, DIR)).faults]).toEqual([at, []]);
    }
  });
});
