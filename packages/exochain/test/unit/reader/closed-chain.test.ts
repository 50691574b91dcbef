import type { JsonObject, JsonValue, MethodCaller } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { closedChainMethods } from "../../../src/index.ts";
import { readClosedChain } from "../../../src/reader/closed-chain.ts";
import { DIR, event, open, snapshot, type TestPlatform, testPlatform } from "../../support/chain-fixture.ts";

const caller: MethodCaller = {
  subject: { kind: "principal", id: "ada" },
  role: "viewer",
  signal: new AbortController().signal,
};

async function call(platform: TestPlatform, name: string, input: JsonValue = {}): Promise<JsonObject> {
  const methods = await closedChainMethods(platform.files, DIR, platform.clock);
  return (await methods.find((method) => method.name === name)?.call(input, caller)) as JsonObject;
}

const sequencesOf = (result: JsonObject): unknown[] =>
  (result.events as readonly JsonObject[]).map(({ sequence }) => sequence);

async function closed(events: number): Promise<TestPlatform> {
  const platform = testPlatform();
  const chain = await open(platform);
  for (let n = 1; n <= events; n++) await chain.append(event(n)).durable;
  await chain.close();
  return platform;
}

describe("a chain that no kernel has open", () => {
  it("is read from the files: the last events, and queries in both directions, and nothing is written", async () => {
    const platform = await closed(300);
    const before = await snapshot(platform.files);
    expect(sequencesOf(await call(platform, "chain.tail", { count: 2 }))).toEqual([299, 300]);
    expect(sequencesOf(await call(platform, "chain.tail", { since: 299, waitMs: 1000 }))).toEqual([299, 300]);
    const page = await call(platform, "chain.query", { order: "newest", limit: 3 });
    expect(sequencesOf(page)).toEqual([300, 299, 298]);
    const { kind } = event(1);
    const oldest = await call(platform, "chain.query", { kind, limit: 2 });
    expect(sequencesOf(oldest)).toEqual([1, 2]);
    expect(sequencesOf(await call(platform, "chain.query", { kind, limit: 2, cursor: Number(oldest.next) }))).toEqual([
      3, 4,
    ]);
    expect(sequencesOf(await call(platform, "chain.query", { kind: "no.such" }))).toEqual([]);
    expect(await call(platform, "action.show", { id: 7 })).toMatchObject({ sequence: 7, events: [7] });
    expect(await snapshot(platform.files)).toEqual(before);
  });

  it("gives no event that there is not, and stops when asked to", async () => {
    const platform = await closed(3);
    await expect(call(platform, "action.show", { id: 99 })).rejects.toMatchObject({ code: "CHAIN_EVENT_NOT_FOUND" });
    const chain = await readClosedChain(platform.files, DIR);
    const stopped = chain.query({ signal: AbortSignal.abort(new Error("enough")) });
    await expect(stopped[Symbol.asyncIterator]().next()).rejects.toThrow("enough");
  });

  it("does not show what was redacted, also where its content could not be zeroed yet", async () => {
    const platform = testPlatform();
    const chain = await open(platform);
    await chain.append(event(1)).durable;
    await chain.redact(1, "a name was in it");
    await chain.close();
    const shown = await call(platform, "chain.query", {});
    const first = (shown.events as readonly JsonObject[]).find(({ sequence }) => sequence === 1);
    expect(first).toMatchObject({ payload: null, redacted: true });
  });

  it("is none where there is no chain", async () => {
    const platform = testPlatform();
    await expect(closedChainMethods(platform.files, "/empty", platform.clock)).rejects.toMatchObject({
      code: "CHAIN_ABSENT",
    });
  });
});
