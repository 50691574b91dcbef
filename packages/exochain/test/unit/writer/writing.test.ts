import { toHex } from "@weftos/crypto";
import { isWeftError } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { readChainStatus, verifyChain } from "../../../src/reader/offline.ts";
import type { StoredEvent } from "../../../src/reader/stored-event.ts";
import { verify } from "../../../src/verify.ts";
import { DIR, event, open, snapshot, sourceOf, testPlatform } from "../../support/chain-fixture.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
    return "none";
  } catch (error) {
    if (isWeftError(error)) return error.code;
    throw error;
  }
}

describe("appending", () => {
  it("is read from behind a sequence on, at most so many, and not at all behind the last", async () => {
    const chain = await open(testPlatform());
    for (let n = 1; n <= 5; n++) await chain.append(event(n)).durable;
    const from = async (...args: [number, number?]) => (await chain.tailFrom(...args)).map(({ sequence }) => sequence);
    expect([await from(0), await from(2, 2), await from(4, 100)]).toEqual([[1, 2, 3, 4, 5], [3, 4], [5]]);
    expect([await from(5), await from(99), await from(0, 0)]).toEqual([[], [], []]);
    for (const bad of [-1, 0.5, Number.NaN]) {
      await expect(chain.tailFrom(bad)).rejects.toThrow(RangeError);
      await expect(chain.tailFrom(0, bad)).rejects.toThrow(RangeError);
    }
    await chain.close();
  });

  it("gives sequence and hash at once, in the order of the calls, and makes them durable together", async () => {
    const chain = await open(testPlatform());
    const receipts = Array.from({ length: 50 }, (_, n) => chain.append(event(n)));
    expect(receipts.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    expect(new Set(receipts.map(({ durable }) => durable)).size).toBe(1);
    await receipts.at(-1)?.durable;
    expect(chain.status()).toMatchObject({ sequence: 50, waiting: 0, writable: true });
    expect((await chain.get(50)).hash).toBe(toHex(receipts[49]?.hash ?? new Uint8Array()));
    await chain.close();
  });

  it("never lets time go back", async () => {
    const platform = testPlatform();
    let now = 5000;
    const clock = { ...platform.clock, now: () => now, schedule: platform.clock.schedule.bind(platform.clock) };
    const chain = await open(platform, { clock: clock as typeof platform.clock });
    await chain.append(event(1)).durable;
    now = 1000;
    await chain.append(event(2)).durable;
    now = 6000;
    await chain.append(event(3)).durable;
    expect((await chain.tail(4)).map(({ time }) => time)).toEqual([5000, 5000, 5000, 6000]);
    expect((await chain.verify()).faults).toEqual([]);
    await chain.close();
  });

  it("records a key of idempotency once, over restarts too", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    const first = chain.append(event(1, { idempotencyKey: "order-1" }));
    const again = chain.append(event(2, { idempotencyKey: "order-1" }));
    expect(again).toMatchObject({ sequence: first.sequence, hash: first.hash });
    await again.durable;
    await chain.close();
    for (const cache of [true, false]) {
      if (!cache) await platform.files.remove(`${DIR}/cache`, { recursive: true });
      const reopened = await open(platform);
      const later = reopened.append(event(3, { idempotencyKey: "order-1" }));
      expect(later).toMatchObject({ sequence: first.sequence, hash: first.hash });
      await later.durable;
      await reopened.close();
    }
  });

  it("keeps actor, trace and every kind of value, and gives them back", async () => {
    const chain = await open(testPlatform());
    const trace = `${"ab".repeat(16)}-${"cd".repeat(8)}`;
    const payload = {
      text: "Grüße 👋",
      none: null,
      yes: true,
      list: [1, -2, { deep: "x" }],
      big: Number.MAX_SAFE_INTEGER,
    };
    const { sequence } = chain.append({
      source: "s",
      kind: "a.b",
      actor: { principal: "ada", pid: 7, agent: "reader" },
      payload,
      trace,
      idempotencyKey: "k",
    });
    await chain.flush();
    expect(await chain.get(sequence)).toMatchObject({
      actor: { principal: "ada", pid: 7, agent: "reader" },
      payload,
      trace,
      idempotencyKey: "k",
      redacted: false,
    });
    await chain.close();
  });

  it("refuses what the format cannot hold, and nothing of it stays", async () => {
    const chain = await open(testPlatform());
    const wrong = [
      event(1, { source: "" }),
      event(1, { source: "x".repeat(65) }),
      event(1, { kind: "x".repeat(129) }),
      event(1, { kind: "chain.genesis" }),
      event(1, { kind: "chain.redacted" }),
      event(1, { payload: { quarter: 0.25 } }),
      event(1, { payload: { text: "\ud800" } }),
      event(1, { payload: { text: "x".repeat(262_145) } }),
      event(1, { payload: [] as never }),
      event(1, { payload: null as never }),
      event(1, { actor: { pid: -1 } }),
      event(1, { actor: { principal: "" } }),
      event(1, { actor: { agent: "x".repeat(129) } }),
      event(1, { actor: null as never }),
      event(1, { trace: "abc" }),
      event(1, { idempotencyKey: "" }),
    ];
    for (const one of wrong) expect(codeOf(() => chain.append(one))).toBe("CHAIN_EVENT_INVALID");
    const digest = { action: "a.b", actor: 1, target: 2, outcome: "ok", bytes: 1, time: 1 } as const;
    const records = [
      { ...digest, action: "" },
      { ...digest, actor: 2 ** 40 },
      { ...digest, target: -1 },
      { ...digest, target: "x".repeat(1025) },
      { ...digest, outcome: "maybe" as never },
      { ...digest, bytes: 0.5 },
      { ...digest, time: -1 },
    ];
    for (const record of records) expect(codeOf(() => chain.digest(record))).toBe("CHAIN_EVENT_INVALID");
    expect(chain.status().events).toBe(1);
    await chain.append(event(2)).durable;
    expect((await chain.verify()).faults).toEqual([]);
    await chain.close();
  });

  it("bounds the queue, and says when there is room again", async () => {
    const chain = await open(testPlatform(), { maxWaiting: 64 });
    for (let n = 0; n < 64; n++) chain.append(event(n));
    expect(codeOf(() => chain.append(event(64)))).toBe("CHAIN_QUEUE_FULL");
    await chain.ready();
    await chain.append(event(65)).durable;
    expect(chain.status().events).toBe(66);
    await chain.close();
    await expect(chain.ready()).rejects.toMatchObject({ code: "CHAIN_CLOSED" });
    expect(codeOf(() => chain.append(event(66)))).toBe("CHAIN_CLOSED");
  });

  it("begins new files at the limit, and reads and verifies across them", async () => {
    const platform = testPlatform();
    const chain = await open(platform, { rotateBytes: 16_384 });
    for (let n = 1; n <= 100; n++) await chain.append(event(n, { payload: { n, text: "x".repeat(200) } })).durable;
    await chain.append(event(101, { payload: { text: "y".repeat(100_000) } })).durable;
    const many = Array.from({ length: 200 }, (_, n) =>
      chain.append(event(n, { payload: { text: "z".repeat(20_000) } })),
    );
    await many.at(-1)?.durable;
    const names = (await platform.files.list(`${DIR}/chain`)).map(({ name }) => name);
    expect(names.filter((name) => name.endsWith(".rvf")).length).toBeGreaterThan(3);
    expect(await chain.verify()).toMatchObject({ valid: true, events: 302 });
    expect((await chain.get(57)).payload).toMatchObject({ n: 57 });
    await chain.close();
    for (const cache of [true, false]) {
      if (!cache) await platform.files.remove(`${DIR}/cache`, { recursive: true });
      const again = await open(platform, { rotateBytes: 16_384 });
      await again.append(event(1)).durable;
      expect((await again.get(101)).payload).toMatchObject({ text: "y".repeat(100_000) });
      expect((await again.verify()).faults).toEqual([]);
      await again.close();
    }
  });

  it("takes no cache on trust: files that changed are walked from the beginning", async () => {
    const platform = testPlatform();
    const chain = await open(platform, { rotateBytes: 8192 });
    for (let n = 1; n <= 40; n++) await chain.append(event(n)).durable;
    await chain.close();
    const [first] = (await platform.files.list(`${DIR}/chain`)).filter(({ name }) => name.endsWith(".rvf"));
    const path = `${DIR}/chain/${first?.name}`;
    const bytes = await platform.files.read(path);
    await platform.files.writeAtomic(path, bytes.slice(0, -64));
    await expect(open(platform, { rotateBytes: 8192 })).rejects.toMatchObject({ code: "CHAIN_DAMAGED" });
    await platform.files.remove(path);
    await expect(open(platform, { rotateBytes: 8192 })).rejects.toMatchObject({ code: "CHAIN_DAMAGED" });
  });
});

describe("checkpoints", () => {
  it("come after the given number of events, after the given time, when asked for, and at closing", async () => {
    const platform = testPlatform();
    const chain = await open(platform, { checkpointEvents: 10, checkpointMs: 5000 });
    expect(chain.status().checkpoint).toBe(0);
    for (let n = 1; n <= 9; n++) await chain.append(event(n)).durable;
    expect(chain.status().checkpoint).toBe(10);
    await chain.append(event(10)).durable;
    expect(chain.status().checkpoint).toBe(10);
    await platform.clock.advance(5000);
    await chain.flush();
    await chain.checkpoint();
    expect(chain.status().checkpoint).toBe(11);
    await chain.append(event(11)).durable;
    const taken = await chain.checkpoint();
    expect(taken).toMatchObject({ size: 12, head: chain.status().head });
    expect(new TextDecoder().decode(await platform.files.read(`${DIR}/chain/checkpoint`))).toBe(taken.note);
    await chain.append(event(12)).durable;
    await chain.close();
    expect(await readChainStatus(platform.files, DIR)).toMatchObject({ events: 13, checkpoint: 13, tail: "closed" });
  });

  it("are not taken by a signer that fails, and the chain goes on without", async () => {
    const platform = testPlatform();
    const seeds = await open(platform);
    await seeds.close();
    const { seedSigner } = await import("../../../src/keys/key-files.ts");
    const good = await seedSigner({
      ed25519: await platform.files.read(`${DIR}/keys/node.ed25519`),
      mlDsa65: await platform.files.read(`${DIR}/keys/node.mldsa65`),
    });
    let fails = true;
    const sign = (text: Uint8Array) => {
      if (fails) throw new Error("the token was pulled");
      return good.sign(text);
    };
    const chain = await open(platform, { signer: { keys: good.keys, sign } });
    await chain.append(event(1)).durable;
    await expect(chain.checkpoint()).rejects.toThrow("pulled");
    fails = false;
    expect((await chain.checkpoint()).size).toBe(2);
    expect((await chain.verify()).faults).toEqual([]);
    await chain.close();
  });
});

describe("following", () => {
  it("replays from a sequence, goes on live without a gap, and ends when the chain closes", async () => {
    const chain = await open(testPlatform());
    for (let n = 1; n <= 3; n++) await chain.append(event(n)).durable;
    const seen: number[] = [];
    const following = (async () => {
      for await (const { sequence } of chain.subscribe(2)) seen.push(sequence);
    })();
    for (let n = 4; n <= 9; n++) await chain.append(event(n)).durable;
    await chain.close();
    await following;
    expect(seen).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("stops when its signal aborts", async () => {
    const chain = await open(testPlatform());
    const abort = new AbortController();
    const seen: StoredEvent[] = [];
    const following = (async () => {
      for await (const one of chain.subscribe(0, { signal: abort.signal })) {
        seen.push(one);
        abort.abort(new Error("enough"));
      }
    })();
    await expect(following).rejects.toThrow("enough");
    expect(seen.length).toBe(1);
    await chain.close();
  });

  it("finds events by kind, source, action, pid and principal", async () => {
    const chain = await open(testPlatform());
    await chain.append(event(1, { kind: "agent.spawn", payload: { action: "process.spawn" } })).durable;
    await chain.append(event(2, { kind: "agent.stop", actor: { principal: "ada" } })).durable;
    const found = async (filter: Parameters<typeof chain.query>[0]) => {
      const sequences: number[] = [];
      for await (const { sequence } of chain.query(filter)) sequences.push(sequence);
      return sequences;
    };
    expect(await found({ kind: "agent.*" })).toEqual([1, 2]);
    expect(await found({ action: "process.spawn" })).toEqual([1]);
    expect(await found({ principal: "ada" })).toEqual([2]);
    expect(await found({ pid: 1, source: "test" })).toEqual([1]);
    expect(await found({ source: "exochain", from: 1 })).toEqual([]);
    await expect(chain.get(3)).rejects.toMatchObject({ code: "CHAIN_EVENT_NOT_FOUND" });
    expect(() => chain.range(-1, 2)).toThrow(RangeError);
    await chain.close();
  });
});

describe("digest records", () => {
  it("make one event for a thousand, or for what 100 ms brought, with leaves that verify", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    for (let n = 0; n < 2005; n++) {
      chain.digest({
        action: n % 2 === 0 ? "ipc.send" : "fs.read",
        actor: n % 3,
        target: n % 5 === 0 ? "/a/b" : n,
        outcome: n % 7 === 0 ? "denied" : "ok",
        bytes: n,
        time: n,
      });
    }
    await chain.flush();
    expect(chain.status()).toMatchObject({ events: 3, digests: 2000 });
    await platform.clock.advance(100);
    await chain.flush();
    expect(chain.status().digests).toBe(2005);
    const [last] = await chain.tail(1);
    expect(last).toMatchObject({
      kind: "chain.digest",
      payload: { first: 2000, count: 5, from: 2000, to: 2004, actions: ["ipc.send", "fs.read"] },
    });
    expect((await chain.verify()).faults).toEqual([]);
    await chain.close();
    const again = await open(platform);
    again.digest({ action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 1, time: 1 });
    await again.close();
    expect(await verifyChain(platform.files, DIR)).toMatchObject({ valid: true, faults: [] });
  });

  it("are kept up to a cap, and what is dropped is said before", async () => {
    const platform = testPlatform();
    const chain = await open(platform, { leavesBytes: 64_000 });
    for (let n = 0; n < 9000; n++) {
      chain.digest({ action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 1, time: 1 });
      if (n % 1000 === 999) await chain.flush();
    }
    await chain.close();
    const files = await snapshot(platform.files);
    expect((files.get("journal/leaves")?.length ?? 0) + (files.get("journal/leaves.old")?.length ?? 0)).toBeLessThan(
      220_000,
    );
    const result = await verify(sourceOf(files));
    expect(result).toMatchObject({ valid: true, faults: [] });
    files.delete("journal/leaves.old");
    expect((await verify(sourceOf(files))).faults).toMatchObject([{ code: "CHAIN_DIGEST" }]);
  });
});

describe("two writers", () => {
  it("are kept apart by a lock, which the end of its holder frees", async () => {
    const platform = testPlatform();
    const host = {
      processId: 10,
      hostname: "here",
      bootId: "b1",
      processStart: async (id: number) => `start-${id}`,
      isAlive: (id: number) => id === 10,
    };
    const chain = await open(platform, { host });
    await expect(open(platform, { host: { ...host, processId: 11 } })).rejects.toMatchObject({
      code: "CHAIN_LOCKED",
      details: { processId: 10, hostname: "here" },
    });
    await expect(open(platform, { host: { ...host, hostname: "there" } })).rejects.toMatchObject({
      code: "CHAIN_LOCKED",
    });
    await chain.close();
    const second = await open(platform, { host });
    // As if its process had died: the next one takes the lock over.
    const third = await open(platform, { host: { ...host, processId: 12, isAlive: () => false } });
    await third.close();
    await second.close().catch(() => undefined);
  });
});

describe("without a writer", () => {
  it("status and verification read a directory, and say when there is none", async () => {
    const platform = testPlatform();
    await expect(readChainStatus(platform.files, DIR)).rejects.toMatchObject({ code: "CHAIN_ABSENT" });
    await expect(verifyChain(platform.files, DIR)).rejects.toMatchObject({ code: "CHAIN_ABSENT" });
    const chain = await open(platform);
    await chain.append(event(1)).durable;
    const before = await snapshot(platform.files);
    expect(await readChainStatus(platform.files, DIR)).toMatchObject({
      sequence: 1,
      head: chain.status().head,
      checkpoint: 0,
      tail: "open",
    });
    expect(await verifyChain(platform.files, DIR, { live: true })).toMatchObject({
      valid: true,
      tail: "open",
      assurance: "linked",
    });
    expect(await snapshot(platform.files)).toEqual(before);
    await chain.close();
  });
});
