import { describe, expect, it } from "vitest";
import { DIR, event, open, testPlatform } from "../../support/chain-fixture.ts";

const EVENTS = "chain/000000000000.rvf";
const CONTENT = "chain/content/000000000000.rvf";

/** Notes the steps that change files from now on, as `operation path`. */
function steps(platform: ReturnType<typeof testPlatform>): string[] {
  const seen: string[] = [];
  platform.faults.watch(({ operation, path }) => {
    if (operation === "write" || operation === "sync" || operation === "rename")
      seen.push(`${operation} ${path.slice(DIR.length + 1)}`);
  });
  return seen;
}

const count = (seen: readonly string[], step: string): number => seen.filter((one) => one === step).length;

describe("a commit", () => {
  it("syncs each file once, then says so in run/acked, and only then to those who wait", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    await chain.append(event(1)).durable;
    const seen = steps(platform);
    const told: string[] = [];
    const receipts = Array.from({ length: 100 }, (_, n) => chain.append(event(n)));
    for (const { durable } of receipts) void durable.then(() => told.push(...seen));
    await receipts.at(-1)?.durable;
    expect([...seen].sort()).toEqual(
      [`sync ${EVENTS}`, `sync ${CONTENT}`, `write ${EVENTS}`, `write ${CONTENT}`, "write run/acked"].sort(),
    );
    expect(seen.at(-1)).toBe("write run/acked");
    for (const file of [EVENTS, CONTENT])
      expect(seen.indexOf(`write ${file}`)).toBeLessThan(seen.indexOf(`sync ${file}`));
    await Promise.resolve();
    expect(told.filter((step) => step === "write run/acked")).toHaveLength(100);
    await chain.close();
  });

  it("syncs the leaves of all its digest records once", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    const seen = steps(platform);
    for (let n = 0; n < 3000; n++)
      chain.digest({ action: "ipc.send", actor: 1, target: n, outcome: "ok", bytes: n, time: 1 });
    await chain.flush();
    expect(count(seen, "sync journal/leaves")).toBe(1);
    expect(chain.status()).toMatchObject({ digests: 3000, events: 4 });
    expect((await chain.verify()).faults).toEqual([]);
    await chain.close();
  });
});

describe("chain/checkpoint", () => {
  it("is replaced at most every 100 ms, with the newest, and at once for who asks", async () => {
    const platform = testPlatform();
    const chain = await open(platform, { checkpointEvents: 2 });
    const note = async (): Promise<string> =>
      new TextDecoder().decode(await platform.files.read(`${DIR}/chain/checkpoint`));
    const sizeOf = async (): Promise<number> => Number((await note()).split("\n")[1]);
    await chain.checkpoint();
    const seen = steps(platform);
    for (let n = 1; n <= 9; n++) await chain.append(event(n)).durable;
    expect(chain.status().checkpoint).toBe(9);
    expect(count(seen, "rename chain/checkpoint")).toBe(0);
    await platform.clock.advance(100);
    await chain.flush();
    expect(count(seen, "rename chain/checkpoint")).toBe(1);
    expect(await sizeOf()).toBe(9);
    const asked = await chain.checkpoint();
    expect(asked.size).toBe(10);
    expect(await note()).toBe(asked.note);
    await chain.append(event(10)).durable;
    await chain.append(event(11)).durable;
    expect(await sizeOf()).toBe(10);
    await chain.close();
    expect(await sizeOf()).toBe(12);
  });
});
