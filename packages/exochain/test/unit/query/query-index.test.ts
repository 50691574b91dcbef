import type { AuditEvent, Files } from "@weftos/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { QUERY_FOLDER } from "../../../src/format/file-names.ts";
import { BLOCK_EVENTS } from "../../../src/query/block.ts";
import { type EventFilter, filterTest } from "../../../src/reader/event-filter.ts";
import type { Chain } from "../../../src/writer/chain.ts";
import { openChain } from "../../../src/writer/open-chain.ts";
import { DIR, event, open, type TestPlatform, testPlatform } from "../../support/chain-fixture.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";

function varied(n: number): AuditEvent {
  return event(n % 5, {
    source: n % 2 === 0 ? "fs" : "net",
    kind: n % 7 === 0 ? "file.removed" : n % 3 === 0 ? "file.read" : "net.posted",
    actor: { pid: n % 5, ...(n % 4 === 0 && { principal: "ada" }), ...(n % 6 === 0 && { agent: "reader" }) },
    payload: { action: n % 11 === 0 ? "fs.remove" : "fs.read", n, ...(n % 13 === 0 && { approval: `a-${n}` }) },
    trace: n % 17 === 0 ? `${TRACE}-00f067aa0ba902b7` : undefined,
  });
}

async function fill(chain: Chain, platform: TestPlatform, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    chain.append(varied(n));
    if (n % 10 === 0) await platform.clock.advance(5);
    if (n % 64 === 0) await chain.flush();
  }
  await chain.flush();
}

async function found(chain: Chain, filter: EventFilter): Promise<number[]> {
  const sequences: number[] = [];
  for await (const { sequence } of chain.query(filter)) sequences.push(sequence);
  return sequences;
}

/** The same question without an index. */
async function scanned(chain: Chain, filter: EventFilter): Promise<number[]> {
  const matches = filterTest(filter);
  const sequences: number[] = [];
  for await (const stored of chain.range(filter.from ?? 0, filter.to ?? chain.status().events)) {
    if (matches(stored)) sequences.push(stored.sequence);
  }
  return sequences;
}

/** A file system that tells which files of the index are read whole. */
function watching(files: Files, tell: (path: string) => void): Files {
  return new Proxy(files, {
    get(target, name) {
      if (name !== "read") {
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async (...args: Parameters<Files["read"]>) => {
        if (args[0].endsWith(".idx")) tell(args[0]);
        return await target.read(...args);
      };
    },
  });
}

const startOf = async (chain: Chain): Promise<number> => (await chain.get(0)).time;

describe("queries", () => {
  it("give what a scan gives, whatever is asked, before and after the chain was opened again", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    await fill(chain, platform, 1, 900);
    const start = await startOf(chain);
    const filters = fc.record(
      {
        kind: fc.constantFrom("file.*", "net.posted", "*", "*.removed", "none.*"),
        source: fc.constantFrom("fs", "net", "exochain"),
        action: fc.constantFrom("fs.remove", "fs.read", "x"),
        pid: fc.integer({ min: 0, max: 5 }),
        principal: fc.constantFrom("ada", "bob"),
        agent: fc.constantFrom("reader", "writer"),
        trace: fc.constantFrom(TRACE, `${TRACE}-00f067aa0ba902b7`, `${TRACE}-00f067aa0ba902b8`),
        approval: fc.constantFrom("a-13", "a-26", "a-5"),
        from: fc.integer({ min: 0, max: 950 }),
        to: fc.integer({ min: 0, max: 950 }),
        since: fc.integer({ min: start - 10, max: start + 500 }),
        until: fc.integer({ min: start - 10, max: start + 500 }),
      },
      { requiredKeys: [] },
    );
    const check = async (opened: Chain): Promise<void> =>
      await fc.assert(
        fc.asyncProperty(filters, async (filter) => {
          const expected = await scanned(opened, filter);
          expect(await found(opened, filter)).toEqual(expected);
          expect(await found(opened, { ...filter, newest: true })).toEqual(expected.reverse());
        }),
        { numRuns: 60, seed: 3 },
      );
    await check(chain);
    await chain.close();
    const again = await open(platform);
    await check(again);
    await fill(again, platform, 900, 1000);
    await check(again);
    await again.close();
  });

  it("see what was committed when they began, and all of it", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    await fill(chain, platform, 1, 100);
    const query = chain.query({ source: "fs" })[Symbol.asyncIterator]();
    expect((await query.next()).value?.sequence).toBe(2);
    await fill(chain, platform, 100, 140);
    const rest: number[] = [];
    for (let next = await query.next(); next.done !== true; next = await query.next()) rest.push(next.value.sequence);
    expect(rest.at(-1)).toBe(98);
    await chain.close();
  });

  it("find a redacted event by what is left of it, and not by what was in its payload", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    await fill(chain, platform, 1, 60);
    expect(await found(chain, { action: "fs.remove" })).toContain(11);
    await chain.redact(11, "asked to");
    const check = async (opened: Chain): Promise<void> => {
      expect(await found(opened, { action: "fs.remove" })).not.toContain(11);
      for await (const { sequence, payload, redacted } of opened.query({ source: "net", from: 11, to: 12 })) {
        expect({ sequence, payload, redacted }).toEqual({ sequence: 11, payload: undefined, redacted: true });
      }
      expect(await found(opened, { source: "net", from: 11, to: 12 })).toEqual([11]);
    };
    await check(chain);
    await chain.close();
    const again = await open(platform);
    await check(again);
    await again.close();
  });

  it("refuse a kind that is no pattern", async () => {
    const chain = await open(testPlatform());
    await expect(found(chain, { kind: "a..b" })).rejects.toMatchObject({ code: "CONFIG_GLOB" });
    await chain.close();
  });
});

describe("the index", () => {
  const path = `${DIR}/${QUERY_FOLDER}/000000000000.idx`;

  it("may be deleted, cut or spoiled: queries stay right, and it is built again", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    await fill(chain, platform, 1, 300);
    const expected = await found(chain, { action: "fs.remove" });
    expect(expected.length).toBeGreaterThan(20);
    await chain.close();
    const whole = await platform.files.read(path);
    const spoiled = whole.slice();
    spoiled[whole.length - 1] = 0xff;
    for (const bytes of [
      undefined,
      whole.slice(0, 100),
      whole.slice(0, whole.length - 5),
      spoiled,
      new Uint8Array(9),
    ]) {
      if (bytes === undefined) await platform.files.remove(path);
      else await platform.files.writeAtomic(path, bytes);
      const again = await open(platform);
      expect(await found(again, { action: "fs.remove" })).toEqual(expected);
      await platform.clock.advance(1000);
      await again.flush();
      expect(await found(again, { action: "fs.remove" })).toEqual(expected);
      await again.close();
    }
    const last = await open(platform);
    await platform.clock.advance(1000);
    await last.close();
    expect(new TextDecoder().decode(await platform.files.read(path))).not.toContain("fs.remove");
  });

  it("is read where a query looks, not as a whole", async () => {
    const platform = testPlatform();
    const chain = await open(platform, { checkpointEvents: 1_000_000 });
    for (let n = 1; n < BLOCK_EVENTS + 100; n++) {
      chain.append(event(n % 3));
      if (n % 4096 === 0) await chain.flush();
    }
    await chain.close();
    const read: string[] = [];
    const { files, clock, random } = platform;
    const watched = watching(files, (path) => read.push(path));
    const again = await openChain({ files: watched, clock, random, dir: DIR });
    for await (const { sequence } of again.query({ pid: 2, newest: true })) {
      expect(sequence).toBe(BLOCK_EVENTS + 97);
      break;
    }
    expect(read).toEqual([`${DIR}/${QUERY_FOLDER}/000000065536.idx`]);
    await again.close();
  }, 60_000);

  it("is not believed when it speaks of another chain, or of events that are gone", async () => {
    const other = testPlatform(8);
    const foreign = await open(other);
    await fill(foreign, other, 1, 200);
    await foreign.close();
    const platform = testPlatform();
    const chain = await open(platform);
    await fill(chain, platform, 1, 50);
    const expected = await found(chain, { source: "fs" });
    await chain.close();
    await platform.files.writeAtomic(path, await other.files.read(path));
    const again = await open(platform);
    expect(await found(again, { source: "fs" })).toEqual(expected);
    await again.close();
  });

  it("holds nothing of a payload in clear", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    await chain.append(event(1, { payload: { action: "very.secret.act", approval: "who-knows", n: "hush" } })).durable;
    await chain.close();
    const text = Buffer.from(await platform.files.read(path)).toString("latin1");
    expect(text).toContain("test.happened");
    for (const secret of ["very.secret.act", "who-knows", "hush"]) expect(text).not.toContain(secret);
  });

  it("closes a block at 65 536 events, and finds across its border", async () => {
    const platform = testPlatform();
    const chain = await open(platform, { checkpointEvents: 1_000_000 });
    const rare = [5, BLOCK_EVENTS - 1, BLOCK_EVENTS, BLOCK_EVENTS + 70];
    for (let n = 1; n < BLOCK_EVENTS + 100; n++) {
      chain.append(event(n % 3, { kind: rare.includes(n) ? "rare.seen" : "test.happened" }));
      if (n % 4096 === 0) await chain.flush();
    }
    await chain.flush();
    expect(await found(chain, { kind: "rare.*" })).toEqual(rare);
    expect(await found(chain, { kind: "rare.*", newest: true })).toEqual([...rare].reverse());
    const first: number[] = [];
    for await (const { sequence } of chain.query({ pid: 2, from: BLOCK_EVENTS - 4 })) {
      if (first.push(sequence) === 4) break;
    }
    expect(first).toEqual([65_534, 65_537, 65_540, 65_543]);
    await chain.close();
    expect((await platform.files.list(`${DIR}/${QUERY_FOLDER}`)).map(({ name }) => name)).toEqual([
      "000000000000.idx",
      "000000065536.idx",
    ]);
    await platform.files.remove(path);
    const again = await open(platform);
    expect(await found(again, { kind: "rare.*" })).toEqual(rare);
    expect(await found(again, { kind: "rare.*", newest: true })).toEqual([...rare].reverse());
    await platform.clock.advance(1000);
    await again.append(event(1, { kind: "rare.seen" })).durable;
    expect(await found(again, { kind: "rare.*" })).toEqual([...rare, BLOCK_EVENTS + 100]);
    await again.close();
  }, 60_000);
});
