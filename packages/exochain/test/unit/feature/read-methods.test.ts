import type { JsonObject, JsonValue, MethodCaller } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { readMethods } from "../../../src/feature/read-methods.ts";
import type { Chain } from "../../../src/writer/chain.ts";
import { DIR, event, open, type TestPlatform, testPlatform } from "../../support/chain-fixture.ts";

interface Opened {
  readonly platform: TestPlatform;
  readonly chain: Chain;
  readonly call: (name: string, input?: JsonValue, signal?: AbortSignal) => Promise<JsonObject>;
}

async function opened(): Promise<Opened> {
  const platform = testPlatform();
  const chain = await open(platform);
  const methods = readMethods(() => chain, platform.clock);
  const call: Opened["call"] = async (name, input = {}, signal = new AbortController().signal) => {
    const caller: MethodCaller = { subject: { kind: "principal", id: "ada" }, role: "viewer", signal };
    const method = methods.find((candidate) => candidate.name === name);
    return (await method?.call(input, caller)) as JsonObject;
  };
  return { platform, chain, call };
}

const sequencesOf = (result: JsonObject): unknown[] =>
  (result.events as readonly JsonObject[]).map(({ sequence }) => sequence);

describe("chain.tail", () => {
  it("gives the last events and where to go on, then those that came since", async () => {
    const { chain, call } = await opened();
    for (let n = 1; n <= 30; n++) await chain.append(event(n)).durable;
    const first = await call("chain.tail", { count: 3 });
    expect(sequencesOf(first)).toEqual([28, 29, 30]);
    expect(first.next).toBe(31);
    await chain.append(event(31)).durable;
    expect(await call("chain.tail", { since: 31 })).toMatchObject({ events: [{ sequence: 31 }], next: 32 });
    expect(await call("chain.tail", { since: 32 })).toMatchObject({ events: [], next: 32 });
    expect(sequencesOf(await call("chain.tail", { since: 0, count: 2 }))).toEqual([0, 1]);
    await chain.close();
  });

  it("names the file that is damaged, be it that of the events or that of their content", async () => {
    for (const file of ["chain/000000000000.rvf", "chain/content/000000000000.rvf"]) {
      const { platform, chain, call } = await opened();
      await chain.append(event(1)).durable;
      const bytes = (await platform.files.read(`${DIR}/${file}`)).slice();
      bytes[70] = 255 - (bytes[70] as number);
      await platform.files.writeAtomic(`${DIR}/${file}`, bytes);
      await expect(call("chain.tail", { since: 0 })).rejects.toMatchObject({
        code: "CHAIN_DAMAGED",
        details: { file, offset: 0 },
        message: expect.stringMatching(`^${file} is damaged at byte 0`),
      });
      await chain.close();
    }
  });

  it("waits for the next event and answers when it is on disk, not before", async () => {
    const { chain, call } = await opened();
    let answered = false;
    const asked = call("chain.tail", { since: 1, waitMs: 1000 }).then((result) => {
      answered = true;
      return result;
    });
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    const { durable } = chain.append(event(1));
    await durable;
    expect(await asked).toMatchObject({ events: [{ sequence: 1 }], next: 2 });
    await chain.close();
  });

  it("answers with nothing when the wait is over, or the chain closes", async () => {
    const { platform, chain, call } = await opened();
    const late = call("chain.tail", { since: 1, waitMs: 1000 });
    await new Promise(setImmediate);
    await platform.clock.advance(1000);
    expect(await late).toMatchObject({ events: [], next: 1 });
    const closing = call("chain.tail", { since: 1, waitMs: 1000 });
    await new Promise(setImmediate);
    await chain.close();
    expect(await closing).toMatchObject({ events: [], next: 1 });
  });

  it("stops waiting when its caller goes", async () => {
    const { chain, call } = await opened();
    const caller = new AbortController();
    const asked = call("chain.tail", { since: 1, waitMs: 60_000 }, caller.signal);
    const refused = expect(asked).rejects.toThrow("gone");
    await new Promise(setImmediate);
    caller.abort(new Error("gone"));
    await refused;
    await chain.close();
  });

  it("gives every event once to one who asks again and again while much is written", async () => {
    const { chain, call } = await opened();
    const got: unknown[] = [];
    const reading = (async () => {
      for (let since = 0; since <= 3000; ) {
        const result = await call("chain.tail", { since, count: 100, waitMs: 1000 });
        got.push(...sequencesOf(result));
        since = result.next as number;
      }
    })();
    for (let n = 1; n <= 3000; n++) {
      chain.append(event(n));
      if (n % 300 === 0) await chain.ready();
      if (n % 500 === 0) await chain.flush();
    }
    await reading;
    expect(got).toEqual(Array.from({ length: 3001 }, (_, n) => n));
    await chain.close();
  });

  it("ends an answer that would be too large for a wire", async () => {
    const { chain, call } = await opened();
    for (let n = 1; n <= 8; n++) chain.append(event(n, { payload: { text: "x".repeat(200_000) } }));
    await chain.flush();
    const result = await call("chain.tail", { since: 1, count: 1000 });
    expect(sequencesOf(result)).toEqual([1, 2, 3]);
    expect(sequencesOf(await call("chain.tail", { since: result.next as number, count: 1000 }))).toEqual([4, 5, 6]);
    await chain.close();
  });
});

describe("chain.query", () => {
  it("pages through what matches", async () => {
    const { chain, call } = await opened();
    for (let n = 1; n <= 50; n++)
      chain.append(event(n % 2, { payload: { action: n % 5 === 0 ? "a.five" : "a.other" } }));
    await chain.flush();
    const first = await call("chain.query", { action: "a.five", limit: 4 });
    expect(sequencesOf(first)).toEqual([5, 10, 15, 20]);
    const second = await call("chain.query", { action: "a.five", limit: 4, cursor: first.next as number });
    expect(sequencesOf(second)).toEqual([25, 30, 35, 40]);
    const last = await call("chain.query", { action: "a.five", limit: 4, cursor: second.next as number });
    expect(last).toMatchObject({ events: [{ sequence: 45 }, { sequence: 50 }], next: null });
    const newest = await call("chain.query", { action: "a.five", limit: 4, order: "newest" });
    expect(sequencesOf(newest)).toEqual([50, 45, 40, 35]);
    const older = { action: "a.five", limit: 40, order: "newest", cursor: newest.next as number };
    expect(sequencesOf(await call("chain.query", older))).toEqual([30, 25, 20, 15, 10, 5]);
    expect(sequencesOf(await call("chain.query", { action: "a.five", pid: 0, kind: "test.*" }))).toEqual([
      10, 20, 30, 40, 50,
    ]);
    await chain.close();
  });

  it("refuses what is no question", async () => {
    const { chain, call } = await opened();
    const wrong: JsonObject[] = [{ trace: "x" }, { limit: 0 }, { kind: "" }, { colour: "red" }, { pid: -1 }];
    for (const input of wrong) {
      await expect(call("chain.query", input)).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
    }
    await expect(call("chain.query", {}, AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
    await chain.close();
  });
});

describe("a slow subscriber", () => {
  it("holds up nobody, keeps nothing in memory, and misses nothing", async () => {
    const { chain } = await opened();
    const slow = chain.subscribe(0)[Symbol.asyncIterator]();
    expect((await slow.next()).value?.sequence).toBe(0);
    for (let n = 1; n <= 5000; n++) {
      chain.append(event(n));
      if (n % 100 === 0) await chain.flush();
    }
    expect(chain.status().waiting).toBe(0);
    for (let n = 1; n <= 5000; n++) expect((await slow.next()).value?.sequence).toBe(n);
    await chain.close();
    expect((await slow.next()).done).toBe(true);
  });
});
