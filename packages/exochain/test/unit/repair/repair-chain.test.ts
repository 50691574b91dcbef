import { allFiles, memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { readChainStatus, verifyChain } from "../../../src/reader/offline.ts";
import { repairChain } from "../../../src/repair/repair-chain.ts";
import { DIR, event, open, smallChain, type TestPlatform } from "../../support/chain-fixture.ts";
import { crashAtEveryStep } from "../../support/crash-at-every-step.ts";

const EVENTS = `${DIR}/chain/000000000000.rvf`;

/** A chain of which one byte is another, `at` bytes into its file of events. */
async function damaged(at: number, path = EVENTS): Promise<TestPlatform> {
  const { platform } = await smallChain();
  const bytes = await platform.files.read(path);
  bytes[at] = (bytes[at] as number) ^ 0x10;
  await platform.files.writeAtomic(path, bytes);
  await platform.files.remove(`${DIR}/cache`, { recursive: true });
  return platform;
}

const repair = (platform: TestPlatform, options?: Parameters<typeof repairChain>[1]) =>
  repairChain({ ...platform, host: undefined, dir: DIR }, options);

/** The chain's files with their bytes, below the state directory or a quarantine in it. */
async function evidenceOf(platform: Pick<TestPlatform, "files">, folder = ""): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const root = `${DIR}${folder}`;
  for (const [path, bytes] of await allFiles(platform.files, root)) {
    const name = path.slice(root.length + 1);
    if (/^(chain\/|journal\/leaves|run\/acked)/.test(name)) found.set(name, Buffer.from(bytes).toString("hex"));
  }
  return found;
}

describe("a repair", () => {
  it("moves the damaged chain aside byte for byte, and the successor names the last good state", async () => {
    const platform = await damaged(900);
    const { files } = platform;
    await expect(open(platform)).rejects.toMatchObject({ code: "CHAIN_DAMAGED" });
    const before = await evidenceOf(platform);
    expect([...before.keys()]).toEqual(
      expect.arrayContaining([
        "chain/000000000000.rvf",
        "chain/content/000000000000.rvf",
        "journal/leaves",
        "run/acked",
      ]),
    );
    const repaired = await repair(platform);
    const { quarantine, continues } = repaired;
    expect(repaired).toMatchObject({ done: true, damage: { code: "CHAIN_DAMAGED", file: "chain/000000000000.rvf" } });
    expect(quarantine).toMatch(/^chain\.damaged-[0-9]+$/);
    expect(await evidenceOf(platform, `/${quarantine}`)).toEqual(before);
    expect((await verifyChain(files, `${DIR}/${quarantine}`)).valid).toBe(false);

    const status = await readChainStatus(files, DIR);
    expect(status).toMatchObject({ events: 1, chainId: repaired.successor, continues });
    expect(continues.chain).not.toBe(repaired.successor);
    const chain = await open(platform);
    expect(chain.status().continues).toEqual(continues);
    expect((await chain.get(0)).payload).toMatchObject({ continues });
    await chain.append(event(1)).durable;
    expect((await chain.verify()).faults).toEqual([]);
    await chain.close();
    const again = await open(platform);
    expect(again.status().continues).toEqual(continues);
    await again.close();
  });

  it("of a cut chain names what is there", async () => {
    const { platform } = await smallChain();
    const { files } = platform;
    const healthy = await readChainStatus(files, DIR);
    const checkpointBytes = 64 * Math.ceil((64 + (await files.read(`${DIR}/chain/checkpoint`)).length) / 64);
    const bytes = await files.read(EVENTS);
    // All events stay, the last signature is gone: what is left is whole.
    await files.writeAtomic(EVENTS, bytes.slice(0, bytes.length - checkpointBytes));
    await files.remove(`${DIR}/cache`, { recursive: true });
    const repaired = await repair(platform);
    expect(repaired.continues).toEqual({ chain: healthy.chainId, size: healthy.events, head: healthy.head });
  });

  it("begins even where nothing of the damaged chain can be read", async () => {
    const platform = await damaged(0);
    await platform.files.remove(`${DIR}/chain/checkpoint`);
    const { continues } = await repair(platform);
    expect(continues).toEqual({ chain: "0".repeat(32), size: 0, head: "0".repeat(64) });
    const chain = await open(platform);
    expect((await chain.verify()).faults).toEqual([]);
    await chain.close();
  });

  it("takes a chain of which only traces are left, and one whose leaves are gone", async () => {
    const vanished = (await smallChain()).platform;
    await vanished.files.remove(EVENTS);
    await vanished.files.remove(`${DIR}/chain/content/000000000000.rvf`);
    expect((await repair(vanished)).damage?.code).toBe("CHAIN_TRUNCATED");
    const leafless = (await smallChain()).platform;
    await leafless.files.remove(`${DIR}/journal/leaves`);
    expect((await repair(leafless)).damage).toMatchObject({ code: "CHAIN_DAMAGED", file: "journal/leaves" });
    for (const platform of [vanished, leafless]) {
      const chain = await open(platform);
      expect((await chain.verify()).faults).toEqual([]);
      await chain.close();
    }
  });

  it("can be repeated: each successor names the one before", async () => {
    const platform = await damaged(900);
    const first = await repair(platform);
    await platform.clock.advance(1);
    const bytes = await platform.files.read(EVENTS);
    bytes[70] = (bytes[70] as number) ^ 1;
    await platform.files.writeAtomic(EVENTS, bytes);
    const second = await repair(platform);
    expect(second.quarantine).not.toBe(first.quarantine);
    expect(await platform.files.stat(`${DIR}/${first.quarantine}/chain`)).toBeDefined();
    expect((await verifyChain(platform.files, DIR)).valid).toBe(true);
  });

  it("only tells with dryRun, and changes nothing", async () => {
    const platform = await damaged(900);
    const before = await allFiles(platform.files);
    expect(await repair(platform, { dryRun: true })).toMatchObject({ done: false, successor: undefined });
    expect(await allFiles(platform.files)).toEqual(before);
  });

  it("refuses a healthy chain, a torn one, none, and one that somebody writes", async () => {
    const { platform } = await smallChain();
    const before = await allFiles(platform.files);
    await expect(repair(platform)).rejects.toMatchObject({ code: "CHAIN_HEALTHY" });
    expect(await allFiles(platform.files)).toEqual(before);
    const bytes = await platform.files.read(EVENTS);
    const torn = new Uint8Array(bytes.length + 10);
    torn.set(bytes);
    await platform.files.writeAtomic(EVENTS, torn);
    await expect(repair(platform)).rejects.toMatchObject({ code: "CHAIN_HEALTHY" });
    const empty = memoryPlatform();
    await expect(repair(empty)).rejects.toMatchObject({ code: "CHAIN_ABSENT" });
    const { host } = platform;
    const chain = await open(platform, { host });
    await expect(repairChain({ ...platform, dir: DIR })).rejects.toMatchObject({ code: "CHAIN_LOCKED" });
    await chain.close();
  });

  it("that left a plan nobody can read is not taken for none", async () => {
    const { platform } = await smallChain();
    const path = `${DIR}/journal/repair`;
    for (const text of ["", "{}", '{"version":1,"quarantine":"../elsewhere","continues":null}']) {
      await platform.files.writeAtomic(path, new TextEncoder().encode(text));
      const refused = { code: "CHAIN_REPAIR_UNFINISHED", details: { dir: DIR, quarantine: "unknown" } };
      await expect(open(platform)).rejects.toMatchObject(refused);
      await expect(readChainStatus(platform.files, DIR)).rejects.toMatchObject(refused);
      await expect(repair(platform)).rejects.toMatchObject(refused);
    }
  });

  it("goes on where a crash had stopped it, and until then no other chain begins", { timeout: 60_000 }, async () => {
    const platform = await damaged(900);
    const before = await evidenceOf(platform);
    const crashed = await crashAtEveryStep(platform, () => repair(platform));
    const outcomes = new Set<string>();
    for (const { files, at } of crashed) {
      // Files may end up with two names, the old and the new one; folders cannot, though this memory knows no better.
      if (at.includes(`syncFolder ${DIR}/chain, power`)) continue;
      const survivor = memoryPlatform({ clock: platform.clock, random: platform.random, files });
      const opened = await open(survivor).then(
        async (chain) => {
          expect(chain.status().continues, at).toBeDefined();
          await chain.close();
          return "repaired";
        },
        (error: unknown) => (error as { code: string }).code,
      );
      outcomes.add(opened);
      if (opened !== "repaired") await repair(survivor);
      const status = await readChainStatus(files, DIR);
      expect(status.continues, at).toMatchObject({ size: expect.any(Number) });
      const aside = (await files.list(DIR)).filter(({ name }) => name.startsWith("chain.damaged-"));
      expect(aside.length, at).toBe(1);
      expect(await evidenceOf(survivor, `/${aside[0]?.name}`), at).toEqual(before);
      expect((await verifyChain(files, DIR)).faults, at).toEqual([]);
    }
    expect([...outcomes].sort()).toEqual(["CHAIN_DAMAGED", "CHAIN_REPAIR_UNFINISHED", "repaired"]);
  });
});
