import { fc, test } from "@fast-check/vitest";
import { type AgentState, type JsonValue, toPid } from "@weftos/interface";
import { memoryPlatform, type TestPlatform } from "@weftos/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { AgentStates } from "../../../src/agent/agent-states.ts";

const dir = "/state";
let platform: TestPlatform;

function states(init: { readonly maxBytes?: number; readonly maxAgents?: number } = {}): AgentStates {
  const { maxBytes = 10_000, maxAgents = 3 } = init;
  return new AgentStates({ platform, files: platform.files, dir, maxBytes, maxAgents });
}

const contents = async (state: AgentState): Promise<Record<string, JsonValue | undefined>> =>
  Object.fromEntries(await Promise.all((await state.keys()).map(async (key) => [key, await state.get(key)] as const)));

const fileOf = async (index = 0): Promise<string> => {
  const entry = (await platform.files.list(`${dir}/journal/state`))[index];
  return `${dir}/journal/state/${entry?.name}`;
};

beforeEach(() => {
  platform = memoryPlatform();
});

describe("the state of an agent", () => {
  it("holds JSON by key and gives copies", async () => {
    const state = states().of(toPid(1), ["clerk"]);
    const value = { list: [1, "two", null], deep: { x: true } };
    await state.set("a", value);
    await state.set("b", null);
    const got = (await state.get("a")) as { list: number[] };
    expect(got).toEqual(value);
    got.list.push(9);
    expect(await state.get("a")).toEqual(value);
    expect([await state.get("b"), await state.get("c"), await state.keys()]).toEqual([null, undefined, ["a", "b"]]);
    expect([await state.remove("a"), await state.remove("a"), await state.keys()]).toEqual([true, false, ["b"]]);
  });

  it("is there again after a restart of the agent, and after a crash of the kernel", async () => {
    const first = states();
    await first.of(toPid(1), ["clerk"]).set("n", 1);
    await first.release(toPid(1));
    const again = first.of(toPid(2), ["clerk"]);
    expect(await again.get("n")).toBe(1);
    await again.set("n", 2);
    platform = platform.crash();
    expect(await states().of(toPid(1001), ["clerk"]).get("n")).toBe(2);
  });

  it("belongs to its names: another agent of the same name under another spawner has its own", async () => {
    const all = states();
    await all.of(toPid(1), ["clerk"]).set("who", "top");
    await all.of(toPid(2), ["office", "clerk"]).set("who", "office's");
    await all.of(toPid(3), ["office/clerk"]).set("who", "slash");
    expect(await all.of(toPid(4), ["clerk"]).get("who")).toBe("top");
    expect(await all.of(toPid(5), ["office", "clerk"]).get("who")).toBe("office's");
  });

  it("is one for processes with the same names, until the last of them has ended", async () => {
    const all = states();
    const [left, right] = [all.of(toPid(1), ["clerk"]), all.of(toPid(2), ["clerk"])];
    await left.set("n", 1);
    expect(await right.get("n")).toBe(1);
    await all.release(toPid(1));
    await right.set("n", 2);
    await all.release(toPid(2));
    await all.release(toPid(2));
    expect(await all.of(toPid(3), ["clerk"]).get("n")).toBe(2);
  });

  it("keeps the order of changes that are made together", async () => {
    const all = states();
    const state = all.of(toPid(1), ["clerk"]);
    await Promise.all([state.set("n", 1), state.set("n", 2), state.remove("n"), state.set("n", 3)]);
    await all.close();
    expect(await states().of(toPid(2), ["clerk"]).get("n")).toBe(3);
  });

  it.each([
    ["a value that is no JSON", "k", new Date(0)],
    ["a number that JSON has not", "k", Number.NaN],
    ["an empty key", "", 1],
    ["a key that is too long", "k".repeat(257), 1],
    ["a key that is no text", 7, 1],
  ])("refuses %s", async (_, key, value) => {
    const state = states().of(toPid(1), ["clerk"]);
    await expect(state.set(key as string, value as JsonValue)).rejects.toMatchObject({ code: "PROCESS_INPUT_INVALID" });
    expect(await state.keys()).toEqual([]);
  });

  it("refuses what would pass a limit, and changes nothing", async () => {
    const state = states({ maxBytes: 1000 }).of(toPid(1), ["clerk"]);
    await state.set("k", "x".repeat(900));
    const full = (limit: string, max: number) => ({ code: "AGENT_STATE_FULL", details: { limit, max } });
    await expect(state.set("l", "x".repeat(200))).rejects.toMatchObject(full("bytes", 1000));
    await state.set("k", "x".repeat(950));
    await state.set("k", "small");
    await state.set("l", "x".repeat(200));
    const wide = states({ maxBytes: 10_000_000 }).of(toPid(2), ["wide"]);
    await expect(wide.set("k", "x".repeat(262_144))).rejects.toMatchObject(full("value", 262_144));
    for (let index = 0; index < 1024; index += 1) await wide.set(String(index), 0);
    await expect(wide.set("more", 0)).rejects.toMatchObject(full("keys", 1024));
    await wide.set("7", 1);
  });

  it("is refused to one agent more than may have one, and to none that had one", async () => {
    const all = states({ maxAgents: 2 });
    await all.of(toPid(1), ["a"]).set("n", 1);
    await all.of(toPid(2), ["b"]).set("n", 1);
    const third = all.of(toPid(3), ["c"]);
    await expect(third.set("n", 1)).rejects.toMatchObject({ code: "AGENT_STATE_FULL", details: { limit: "agents" } });
    await all.close();
    expect(await states({ maxAgents: 2 }).of(toPid(4), ["b"]).get("n")).toBe(1);
  });

  it("writes its journal anew when most of it is outdated", async () => {
    const state = states({ maxBytes: 100_000 }).of(toPid(1), ["clerk"]);
    await state.set("kept", "first");
    for (let index = 0; index < 40; index += 1) await state.set("k", "x".repeat(20_000));
    expect((await platform.files.read(await fileOf())).length).toBeLessThan(400_000);
    platform = platform.crash();
    expect(Object.keys(await contents(states({ maxBytes: 100_000 }).of(toPid(2), ["clerk"])))).toEqual(["k", "kept"]);
  });

  it("says that it is damaged when another wrote its journal", async () => {
    const all = states();
    await all.of(toPid(1), ["clerk"]).set("n", 1);
    await all.close();
    const log = await platform.openAppendLog(platform.files, await fileOf());
    await log.append(new TextEncoder().encode('{"drop":"n"}'));
    await log.close();
    await expect(states().of(toPid(2), ["clerk"]).get("n")).rejects.toMatchObject({
      code: "AGENT_STATE_INVALID",
      details: { record: 2 },
    });
  });

  it("tells a failed write, and is then what it was", async () => {
    const state = states().of(toPid(1), ["clerk"]);
    await state.set("n", 1);
    platform.faults.failNext(({ operation }) => operation === "write", "ENOSPC");
    await expect(state.set("n", 2)).rejects.toMatchObject({ code: "ENOSPC" });
    expect(await state.get("n")).toBe(1);
    await state.set("n", 3);
    platform = platform.crash();
    expect(await states().of(toPid(2), ["clerk"]).get("n")).toBe(3);
  });

  it("tells a failed sync, goes on when it was read anew, and after a crash is what was told as kept", async () => {
    const state = states().of(toPid(1), ["clerk"]);
    await state.set("n", 1);
    platform.faults.failNext(({ operation }) => operation === "sync", "EIO");
    await expect(state.set("n", 2)).rejects.toMatchObject({ code: "KERNEL_JOURNAL_CLOSED" });
    const crashed = platform.crash();
    await state.set("m", 3);
    expect(await state.get("m")).toBe(3);
    platform = crashed;
    expect(await contents(states().of(toPid(2), ["clerk"]))).toEqual({ n: 1 });
  });

  it("is closed with the kernel", async () => {
    const all = states();
    const state = all.of(toPid(1), ["clerk"]);
    await state.set("n", 1);
    await all.close();
    await expect(state.get("n")).rejects.toMatchObject({ code: "PROCESS_NOT_ACCEPTING" });
  });

  test.prop([
    fc.array(fc.record({ key: fc.constantFrom("a", "b", "c"), value: fc.option(fc.jsonValue(), { nil: undefined }) }), {
      maxLength: 30,
    }),
  ])("is after a crash what was set and removed, whatever that was", async (changes) => {
    platform = memoryPlatform();
    const expected = new Map<string, unknown>();
    const state = states({ maxBytes: 1_000_000 }).of(toPid(1), ["clerk"]);
    for (const { key, value } of changes) {
      if (value === undefined) {
        await state.remove(key);
        expected.delete(key);
      } else {
        await state.set(key, value as JsonValue);
        expected.set(key, JSON.parse(JSON.stringify(value)));
      }
    }
    platform = platform.crash();
    expect(await contents(states({ maxBytes: 1_000_000 }).of(toPid(2), ["clerk"]))).toEqual(
      Object.fromEntries(expected),
    );
  });
});
