import { allFiles, memoryPlatform, seededRandom } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { readChainStatus, verifyChain } from "../../../src/reader/offline.ts";
import { repairChain } from "../../../src/repair/repair-chain.ts";
import type { Chain } from "../../../src/writer/chain.ts";
import { DIR, event, open, type TestPlatform, testPlatform } from "../../support/chain-fixture.ts";
import { crashAtEveryStep } from "../../support/crash-at-every-step.ts";

const AREA = `${DIR}/run/redo`;
const EVENTS = "chain/000000000000.rvf";
const CONTENT = "chain/content/000000000000.rvf";
type Step = { readonly operation: string; readonly path: string };

const SECRET = "her address is 12 Elm Street";

/** A chain that writes by way of its area: so many small commits are behind it. */
async function busy(platform: TestPlatform, init: Parameters<typeof open>[1] = {}, commits = 12): Promise<Chain> {
  const chain = await open(platform, init);
  for (let n = 1; n <= commits; n++) await chain.append(event(n)).durable;
  return chain;
}

/** The platform of the machine that finds these files. */
function after(platform: TestPlatform, files: TestPlatform["files"]): TestPlatform {
  return memoryPlatform({ clock: platform.clock, random: platform.random, files });
}

/** Makes matching steps fail until the function that it gives is called. */
function breakDisk(platform: TestPlatform, code: "EIO" | "ENOSPC", matches: (step: Step) => boolean): () => void {
  let broken = true;
  for (let i = 0; i < 200; i++) platform.faults.failNext((step) => broken && matches(step), code);
  return () => {
    broken = false;
  };
}

async function payloadsOf(chain: Chain): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { payload } of chain.range(1, chain.status().events)) found.push(payload?.n);
  return found;
}

describe("small commits", () => {
  it("need one sync each, of bytes that lie on the disk already", async () => {
    const platform = testPlatform();
    const chain = await busy(platform);
    const seen: string[] = [];
    platform.faults.watch(({ operation, path }) => {
      if (operation !== "stat") seen.push(`${operation} ${path.slice(DIR.length + 1)}`);
    });
    await chain.append(event(13)).durable;
    expect(seen[0]).toBe("write run/redo");
    expect(seen.at(-1)).toBe("write run/acked");
    expect(seen.sort()).toEqual(
      ["sync run/redo", `write ${EVENTS}`, `write ${CONTENT}`, "write run/redo", "write run/acked"].sort(),
    );
    await chain.close();
    expect(await platform.files.stat(AREA)).toBeUndefined();
  });

  it("of a short run make no area", async () => {
    const platform = testPlatform();
    const chain = await busy(platform, {}, 5);
    expect(await platform.files.stat(AREA)).toBeUndefined();
    await chain.close();
  });

  it("go on without an area on a disk that has no room for one", async () => {
    const platform = testPlatform();
    const mend = breakDisk(platform, "ENOSPC", ({ operation, path }) => operation === "write" && path === AREA);
    const chain = await busy(platform, {}, 30);
    expect(chain.status()).toMatchObject({ writable: true, events: 31 });
    expect(await platform.files.stat(AREA)).toBeUndefined();
    mend();
    await chain.close();
    expect((await verifyChain(platform.files, DIR)).valid).toBe(true);
  });

  it("outlive a power failure that took all that the files had not synced", async () => {
    const platform = testPlatform();
    const chain = await busy(platform, {}, 40);
    await chain.checkpoint();
    const { head } = chain.status();
    const files = platform.faults.crash();
    const whole = (await platform.files.stat(`${DIR}/${EVENTS}`))?.size ?? 0;
    expect((await files.stat(`${DIR}/${EVENTS}`))?.size).toBeLessThan(whole);
    // Who looks before the next opening sees them too.
    expect(await readChainStatus(files, DIR)).toMatchObject({ events: 41, head, tail: "closed" });
    expect(await verifyChain(files, DIR)).toMatchObject({ valid: true, events: 41, head, tail: "closed" });
    await expect(repairChain({ ...after(platform, files), dir: DIR })).rejects.toMatchObject({ code: "CHAIN_HEALTHY" });
    const again = await open(after(platform, files));
    expect(again.status()).toMatchObject({ events: 41, head });
    expect(await files.stat(AREA)).toBeUndefined();
    await again.close();
    await chain.close();
  });

  it("outlive crashes at every step, over many rounds of the area, rotations of files and checkpoints", {
    timeout: 120_000,
  }, async () => {
    const platform = testPlatform();
    const init = { rotateBytes: 30_000, checkpointEvents: 9 };
    const chain = await busy(platform, init);
    let told = 12;
    const random = seededRandom(5);
    const work = async (): Promise<void> => {
      for (let n = 13; n <= 30; n++) {
        const text = "x".repeat(Math.floor(random.fraction() * (n % 10 === 0 ? 70_000 : 3000)));
        await chain.append(event(n, { payload: { n, text } })).durable;
        told = n;
      }
    };
    const crashed = await crashAtEveryStep(platform, work, () => told);
    for (const { files, at, told: least } of crashed) {
      const faults = (await verifyChain(files, DIR)).faults.filter(({ code }) => code !== "CHAIN_TORN");
      expect([at, faults]).toEqual([at, []]);
      const again = await open(after(platform, files), init);
      const numbers = (await payloadsOf(again)).filter((n) => typeof n === "number");
      expect([at, numbers]).toEqual([at, numbers.map((_, i) => i + 1)]);
      expect(numbers.length).toBeGreaterThanOrEqual(least);
      await again.append(event(99)).durable;
      await again.close();
      expect([at, (await verifyChain(files, DIR)).faults]).toEqual([at, []]);
    }
    await chain.close();
  });

  it("that were told outlive a file that cannot be synced, and a power failure after it", async () => {
    for (const breaks of [AREA, `${DIR}/${EVENTS}`, `${DIR}/${CONTENT}`]) {
      const platform = testPlatform();
      const chain = await busy(platform, {}, 20);
      const mend = breakDisk(platform, "EIO", ({ operation, path }) => operation === "sync" && path === breaks);
      // Too much for the area: the files themselves must be synced, with what the area stood for so far.
      const lost = chain.append(event(21, { payload: { n: 21, text: "x".repeat(breaks === AREA ? 1 : 80_000) } }));
      await expect(lost.durable).rejects.toMatchObject({ code: "CHAIN_NOT_WRITABLE" });
      const meanwhile = await open(after(platform, platform.faults.crash()));
      expect((await payloadsOf(meanwhile)).slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      await meanwhile.close();

      mend();
      await platform.clock.advance(20_000);
      for (let turns = 0; turns < 200 && !chain.status().writable; turns++) await Promise.resolve();
      expect(chain.status()).toMatchObject({ writable: true });
      await chain.append(event(22)).durable;
      const again = await open(after(platform, platform.faults.crash()));
      expect(await payloadsOf(again)).toEqual([...Array.from({ length: 20 }, (_, i) => i + 1), undefined, 22]);
      expect((await again.get(21)).payload).toMatchObject({ cause: "write-failed", events: 1 });
      await again.close();
      await chain.close();
      expect(await verifyChain(platform.files, DIR)).toMatchObject({ valid: true, tail: "closed", faults: [] });
    }
  });

  it("stay in the area when the files cannot be synced at the end", async () => {
    const platform = testPlatform();
    const chain = await busy(platform, {}, 20);
    breakDisk(platform, "EIO", ({ operation, path }) => operation === "sync" && path.includes("/chain/"));
    await chain.close().catch(() => undefined);
    const again = await open(after(platform, platform.faults.crash()));
    expect((await payloadsOf(again)).slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    await again.close();
  });
});

describe("the area of the last commits", () => {
  it("replaces whatever a power failure left in its place", async () => {
    const platform = testPlatform();
    const chain = await busy(platform, {}, 20);
    const { head } = chain.status();
    const files = platform.faults.crash();
    for (const path of [EVENTS, CONTENT]) {
      const file = await files.openAppend(`${DIR}/${path}`);
      await file.write(new Uint8Array(100).fill(0x5a));
      await file.close();
    }
    expect(await verifyChain(files, DIR)).toMatchObject({ valid: true, events: 21, head });
    const again = await open(after(platform, files));
    expect((await payloadsOf(again)).slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    await again.close();
    expect((await verifyChain(files, DIR)).valid).toBe(true);
    await chain.close();
  });

  it("is nothing to a file that ends before it: the chain is refused as it is, and a repair keeps it", async () => {
    const platform = testPlatform();
    const chain = await busy(platform, {}, 20);
    await chain.checkpoint();
    const files = platform.faults.crash();
    const file = await files.openAppend(`${DIR}/${EVENTS}`);
    await file.truncate(file.size - 1);
    await file.close();
    const everything = async () => [...(await allFiles(files))];
    const before = await everything();
    expect((await verifyChain(files, DIR)).faults).not.toEqual([]);
    await expect(open(after(platform, files))).rejects.toMatchObject({ code: "CHAIN_DAMAGED" });
    expect(await everything()).toEqual(before);
    const { quarantine } = await repairChain({ ...after(platform, files), dir: DIR, host: undefined });
    expect(await files.stat(AREA)).toBeUndefined();
    expect(await files.stat(`${DIR}/${quarantine}/run/redo`)).toBeDefined();
    await chain.close();
  });

  it("gives nothing back that was redacted, at whichever step a crash comes", { timeout: 60_000 }, async () => {
    const platform = testPlatform();
    const chain = await busy(platform, { checkpointEvents: 5 });
    await chain.append(event(13, { payload: { secret: SECRET } })).durable;
    await chain.append(event(14)).durable;
    const holding = async (files: TestPlatform["files"]): Promise<string[]> =>
      [...(await allFiles(files))].filter(([, bytes]) => Buffer.from(bytes).includes(SECRET)).map(([path]) => path);
    expect(await holding(platform.files)).toEqual(expect.arrayContaining([AREA, `${DIR}/${CONTENT}`]));
    const crashed = await crashAtEveryStep(platform, () => chain.redact(13, "asked for"));
    expect(await holding(platform.files)).toEqual([]);
    let finished = 0;
    for (const { files, at } of crashed) {
      const again = await open(after(platform, files));
      const redacted: unknown[] = [];
      for await (const { payload } of again.query({ kind: "chain.redacted" })) redacted.push(payload?.sequence);
      expect([at, (await again.get(13)).redacted]).toEqual([at, redacted.length > 0]);
      expect([at, (await again.get(14)).payload]).toEqual([at, { n: 14 }]);
      if (redacted.length > 0) {
        finished += 1;
        expect([at, await holding(files)]).toEqual([at, []]);
      }
      await again.close();
      expect([at, (await verifyChain(files, DIR)).faults]).toEqual([at, []]);
    }
    expect(finished).toBeGreaterThan(3);
    expect(finished).toBeLessThan(crashed.length);
    await chain.close();
  });
});
