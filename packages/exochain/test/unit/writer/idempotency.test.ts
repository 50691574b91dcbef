import { describe, expect, it } from "vitest";
import { CACHE_FILE, KEYS_FOLDER } from "../../../src/format/file-names.ts";
import { KeyRun, type KnownKey, keyIdentity } from "../../../src/idempotency/key-run.ts";
import type { Chain } from "../../../src/writer/chain.ts";
import { DIR, event, open, type TestPlatform, testPlatform } from "../../support/chain-fixture.ts";

const FOLDER = `${DIR}/${KEYS_FOLDER}`;
const MANY = 17_000;

async function appendKeys(chain: Chain, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    chain.append(event(1, { idempotencyKey: `order-${n}` }));
    if (n % 4096 === 0) await chain.flush();
  }
  await chain.flush();
}

/** A closed chain with more keys than are kept in memory: `order-1` has sequence 1. */
async function manyKeys(platform: TestPlatform = testPlatform()): Promise<TestPlatform> {
  const chain = await open(platform, { checkpointEvents: 1_000_000 });
  await appendKeys(chain, 1, MANY);
  await chain.close();
  return platform;
}

function expectKnown(chain: Chain, numbers: readonly number[]): void {
  const { waiting } = chain.status();
  for (const n of numbers) expect(chain.append(event(2, { idempotencyKey: `order-${n}` })).sequence).toBe(n);
  expect(chain.status().waiting).toBe(waiting);
}

describe("a file of keys", () => {
  it("finds every key with its receipt, and no other", async () => {
    const { files } = testPlatform();
    for (const count of [1, 63, 64, 65, 3000]) {
      const keys = new Map<string, KnownKey>();
      for (let n = 0; n < count; n++) keys.set(`k${n}`, { sequence: n + 7, hash: new Uint8Array(32).fill(n) });
      const run = await KeyRun.write(files, DIR, keys);
      const again = await KeyRun.open(files, DIR, run.name);
      for (const opened of [run, again]) {
        for (const [key, known] of keys) expect(opened?.find(keyIdentity(key))).toEqual(known);
        for (let n = 0; n < 500; n++) expect(opened?.find(keyIdentity(`other${n}`))).toBeUndefined();
        await opened?.close();
      }
      await files.remove(FOLDER, { recursive: true });
    }
  });
});

describe("keys of a long chain", () => {
  it("lie on disk and are still recorded once, over restarts", async () => {
    const platform = await manyKeys();
    expect((await platform.files.list(FOLDER)).map(({ name }) => name)).toEqual(["000000000001.keys"]);
    const chain = await open(platform);
    expectKnown(chain, [1, 2, 9999, MANY - 1]);
    expect(chain.append(event(1, { idempotencyKey: "new" })).sequence).toBe(MANY);
    await chain.close();
    const again = await open(platform);
    expectKnown(again, [1, MANY - 1]);
    expect(again.append(event(1, { idempotencyKey: "new" })).sequence).toBe(MANY);
    await again.close();
  });

  it("are found again when the files are gone, cut, changed or others'", async () => {
    const platform = await manyKeys();
    const { files } = platform;
    const path = `${FOLDER}/000000000001.keys`;
    const whole = await files.read(path);
    const head = whole.slice();
    head[10] = (head[10] as number) ^ 1;
    for (const bytes of [undefined, whole.slice(0, -1), head]) {
      if (bytes === undefined) await files.remove(path);
      else await files.writeAtomic(path, bytes);
      const chain = await open(platform);
      expectKnown(chain, [1, 5000, MANY - 1]);
      await chain.close();
    }
    await files.remove(`${DIR}/${CACHE_FILE}`);
    await files.writeAtomic(`${FOLDER}/000000000099.keys`, whole);
    const chain = await open(platform);
    expectKnown(chain, [1, 5000, MANY - 1]);
    expect((await files.list(FOLDER)).some(({ name }) => name === "000000000099.keys")).toBe(false);
    await chain.close();
  });

  it("refuse an append rather than record it twice when their file went bad meanwhile", async () => {
    const platform = await manyKeys();
    const { files } = platform;
    const path = `${FOLDER}/000000000001.keys`;
    const bytes = (await files.read(path)).slice();
    bytes.fill(0, bytes.length - 16_000 * 56);
    await files.writeAtomic(path, bytes);
    const chain = await open(platform);
    expect(() => expectKnown(chain, [1, 2, 3, 4, 5, 6, 7, 8, 9])).toThrow(
      expect.objectContaining({ code: "CHAIN_NOT_WRITABLE", retryable: true }),
    );
    await chain.append(event(1, { idempotencyKey: "surely absent" })).durable;
    await chain.close();
  });

  it("go to files while a chain without a cache is walked", async () => {
    const platform = testPlatform();
    const chain = await open(platform, { checkpointEvents: 1_000_000 });
    await appendKeys(chain, 1, 66_000);
    await chain.close();
    await platform.files.remove(`${DIR}/cache`, { recursive: true });
    const again = await open(platform);
    expect((await platform.files.list(FOLDER)).map(({ name }) => name)).toEqual(["000000000001.keys"]);
    expectKnown(again, [1, 40_000, 65_536, 65_537, 65_999]);
    await again.close();
  }, 60_000);
});
