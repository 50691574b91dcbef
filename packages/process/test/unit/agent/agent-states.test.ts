import { fc, test } from "@fast-check/vitest";
import { type AgentState, type Files, type JsonValue, type Pid, toPid } from "@weftos/interface";
import { memoryPlatform, seededRandom, type TestPlatform } from "@weftos/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { AgentStates } from "../../../src/agent/agent-states.ts";
import type { StateLimit } from "../../../src/agent/state-store.ts";

const dir = "/state";
let platform: TestPlatform;
let warnings: object[];

interface States extends Pick<AgentStates, "release" | "close" | "bytes"> {
  of(pid: Pid, names: readonly string[]): AgentState;
}

/** States whose agents may keep what they like, unless `admit` says otherwise. */
function states(init: { readonly maxAgents?: number; readonly admit?: StateLimit["admit"] } = {}): States {
  const { maxAgents = 3, admit = () => undefined } = init;
  const logger = { warn: (message: string, fields: object = {}) => void warnings.push({ message, ...fields }) };
  const all = new AgentStates({ platform, files: platform.files, dir, logger, maxAgents });
  return {
    of: (pid, names) => all.of(pid, names, { admit }),
    bytes: (pid) => all.bytes(pid),
    release: async (pid) => await all.release(pid),
    close: async () => await all.close(),
  };
}

const contents = async (state: AgentState): Promise<Record<string, JsonValue | undefined>> =>
  Object.fromEntries(await Promise.all((await state.keys()).map(async (key) => [key, await state.get(key)] as const)));

const fileOf = async (index = 0): Promise<string> => {
  const entry = (await platform.files.list(`${dir}/journal/state`))[index];
  return `${dir}/journal/state/${entry?.name}`;
};

/** The files of longer values, of all states. */
const valueFiles = async (): Promise<readonly string[]> => {
  const folder = `${dir}/journal/values`;
  if ((await platform.files.stat(folder)) === undefined) return [];
  const states = await platform.files.list(folder);
  const files = await Promise.all(states.map(({ name }) => platform.files.list(`${folder}/${name}`)));
  return files.flat().map(({ name }) => name);
};

beforeEach(() => {
  platform = memoryPlatform();
  warnings = [];
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

  it("asks before each change whether it may keep as much, and a change that is refused changes nothing", async () => {
    const asked: (readonly [number, number])[] = [];
    const all = states({
      admit(before, after) {
        asked.push([before, after]);
        if (after > 1000) throw new Error("too much");
      },
    });
    const state = all.of(toPid(1), ["clerk"]);
    await state.set("k", "x".repeat(900));
    await expect(state.set("l", "x".repeat(200))).rejects.toThrow("too much");
    await expect(state.set("long", "x".repeat(5000))).rejects.toThrow("too much");
    await state.set("k", "small");
    await state.set("l", "x".repeat(200));
    expect(asked).toEqual([
      [0, 903],
      [903, 1106],
      [903, 5909],
      [903, 8],
      [8, 211],
    ]);
    expect([await state.keys(), all.bytes(toPid(1))]).toEqual([["k", "l"], 211]);
    expect(await valueFiles()).toEqual([]);
  });

  it("refuses a value and a key more than any state holds", async () => {
    const full = (limit: string, max: number) => ({ code: "AGENT_STATE_FULL", details: { limit, max } });
    const wide = states().of(toPid(2), ["wide"]);
    await expect(wide.set("k", "x".repeat(262_143))).rejects.toMatchObject(full("value", 262_144));
    await wide.set("k", "x".repeat(262_142));
    await Promise.all(Array.from({ length: 1023 }, (_, index) => wide.set(String(index), 0)));
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

  it("is made with its first key, and is gone when its last key was removed and nobody uses it", async () => {
    const all = states({ maxAgents: 1 });
    const journals = async (): Promise<number> => (await platform.files.list(`${dir}/journal/state`)).length;
    const asks = all.of(toPid(1), ["asks"]);
    expect([await asks.get("n"), await asks.remove("n"), await asks.keys()]).toEqual([undefined, false, []]);
    const clerk = all.of(toPid(2), ["clerk"]);
    await Promise.all([clerk.set("a", 1), clerk.set("long", "x".repeat(5000)), clerk.remove("a")]);
    await expect(asks.set("n", 1)).rejects.toMatchObject({ code: "AGENT_STATE_FULL" });
    await all.release(toPid(1));
    await clerk.remove("long");
    expect(await journals()).toBe(1);
    await all.release(toPid(2));
    expect([await journals(), await valueFiles()]).toEqual([0, []]);
    const next = all.of(toPid(3), ["clerk"]);
    expect(await next.keys()).toEqual([]);
    await next.set("b", 2);
    await all.close();
    platform = platform.crash();
    expect(await contents(states().of(toPid(4), ["clerk"]))).toEqual({ b: 2 });
  });

  it("is refused to more than a tenth of all agents below the same one, also after a boot, until one of them has none", async () => {
    const full = { code: "AGENT_STATE_FULL", details: { limit: "agents", max: 2 } };
    const first = states({ maxAgents: 20 });
    await first.of(toPid(1), ["top"]).set("n", 1);
    await first.of(toPid(2), ["top", "a"]).set("n", 1);
    await first.of(toPid(3), ["top", "a", "b"]).set("n", 1);
    await expect(first.of(toPid(4), ["top", "c"]).set("n", 1)).rejects.toMatchObject(full);
    await first.of(toPid(5), ["other", "c"]).set("n", 1);
    await first.close();
    const all = states({ maxAgents: 20 });
    await expect(all.of(toPid(6), ["top", "c"]).set("n", 1)).rejects.toMatchObject(full);
    await all.of(toPid(7), ["top", "a"]).remove("n");
    await all.release(toPid(7));
    await all.of(toPid(6), ["top", "c"]).set("n", 1);
    expect(await all.of(toPid(8), ["top", "a", "b"]).get("n")).toBe(1);
  });

  it("can be made when the disk works again", async () => {
    const all = states();
    platform.faults.failNext(({ operation }) => operation === "makeFolder", "EIO");
    const state = all.of(toPid(1), ["clerk"]);
    await expect(state.set("n", 1)).rejects.toMatchObject({ code: "EIO" });
    await state.set("n", 2);
    expect(await state.get("n")).toBe(2);
  });

  it("writes its journal anew when most of it is outdated", async () => {
    const state = states().of(toPid(1), ["clerk"]);
    await state.set("kept", "first");
    await state.set("long", "x".repeat(2000));
    for (let index = 0; index < 500; index += 1) await state.set("k", `${index}`.padEnd(900, "x"));
    expect((await platform.files.read(await fileOf())).length).toBeLessThan(300_000);
    platform = platform.crash();
    expect(await contents(states().of(toPid(2), ["clerk"]))).toEqual({
      k: "499".padEnd(900, "x"),
      kept: "first",
      long: "x".repeat(2000),
    });
  });

  it("is read from few records, however often it was changed, so that a start does not wait for what is outdated", async () => {
    const all = states();
    const state = all.of(toPid(1), ["clerk"]);
    await state.set("kept", true);
    for (let index = 0; index < 4000; index += 1) await state.set("k", index);
    for (let index = 0; index < 1000; index += 1) await state.set(`many ${index}`, index);
    for (let index = 0; index < 1000; index += 1) await state.remove(`many ${index}`);
    await all.close();
    const log = await platform.openAppendLog(platform.files, await fileOf());
    let records = 0;
    for await (const _ of log.records()) records += 1;
    await log.close();
    expect(records).toBeLessThan(2 * 4 + 256);
    expect(await contents(states().of(toPid(2), ["clerk"]))).toEqual({ k: 3999, kept: true });
  });

  /** Sets `k` to the numbers up to `last`, which is where the journal is written anew. */
  const untilAnew = async (last: (index: number, state: AgentState) => Promise<void>): Promise<AgentState> => {
    const state = states().of(toPid(1), ["clerk"]);
    for (let index = 1; index < 260; index += 1) await state.set("k", index);
    await last(260, state);
    return state;
  };

  it("is what was told as kept, or what was under way, whenever a crash comes while its journal is written anew", async () => {
    const crashes: { readonly files: Files; readonly told: number; readonly step: string }[] = [];
    const random = seededRandom(7);
    let told = 259;
    await untilAnew(async (index, state) => {
      platform.faults.watch(({ operation }) => {
        for (const luck of [undefined, random, random]) {
          crashes.push({ files: platform.faults.crash(luck), told, step: operation });
        }
      });
      for (let next = index; next < index + 3; next += 1) {
        await state.set("k", next);
        told = next;
      }
    });
    expect(crashes.map(({ step }) => step)).toEqual(expect.arrayContaining(["write", "sync", "rename"]));
    for (const { files, told: kept } of crashes) {
      platform = memoryPlatform({ files });
      const found = await states().of(toPid(2), ["clerk"]).get("k");
      expect([kept, kept + 1]).toContain(found);
    }
  });

  it("is what it was, and goes on, when any step of writing its journal anew fails", async () => {
    let steps = 0;
    await untilAnew(async (index, state) => {
      platform.faults.watch(() => {
        steps += 1;
      });
      await state.set("k", index);
    });
    expect(steps).toBeGreaterThan(3);
    for (let failing = 1; failing <= steps; failing += 1) {
      platform = memoryPlatform();
      const state = await untilAnew(async (index, at) => {
        let step = 0;
        platform.faults.failNext(() => {
          step += 1;
          return step === failing;
        }, "EIO");
        await at.set("k", index).catch(() => undefined);
      });
      expect([259, 260]).toContain(await state.get("k"));
      await state.set("k", "on");
      platform = platform.crash();
      expect(await states().of(toPid(2), ["clerk"]).get("k")).toBe("on");
    }
  });

  it("warns when the end of its journal is torn, and gives what was kept before", async () => {
    const all = states();
    await all.of(toPid(1), ["boss", "clerk"]).set("n", 1);
    await all.close();
    const file = await fileOf();
    const bytes = await platform.files.read(file);
    await platform.files.writeAtomic(file, new Uint8Array([...bytes, 0, 0, 0, 9, 1]));
    expect(warnings).toEqual([]);
    expect(await states().of(toPid(2), ["boss", "clerk"]).get("n")).toBe(1);
    expect(warnings).toEqual([{ message: expect.stringContaining("torn end"), agent: "boss/clerk", bytes: 5 }]);
  });

  it("keeps values over a kilobyte in files of their own, and none that no key has", async () => {
    const long = (letter: string): string => letter.repeat(100_000);
    const all = states();
    const state = all.of(toPid(1), ["clerk"]);
    await state.set("short", "x".repeat(1022));
    expect(await valueFiles()).toEqual([]);
    await state.set("just", "x".repeat(1023));
    expect(await valueFiles()).toEqual(["1"]);
    await Promise.all([state.set("a", long("a")), state.set("b", long("b")), state.set("a", long("c"))]);
    expect(await valueFiles()).toEqual(["1", "3", "4"]);
    expect((await platform.files.read(await fileOf())).length).toBeLessThan(2000);
    expect([await state.get("a"), await state.get("b")]).toEqual([long("c"), long("b")]);
    await state.set("b", 1);
    expect([await state.remove("a"), await state.remove("a")]).toEqual([true, false]);
    expect(await valueFiles()).toEqual(["1"]);
    expect(all.bytes(toPid(1))).toBe(5 + 1024 + 4 + 1025 + 1 + 1);
    await all.close();
    platform = platform.crash();
    const again = states();
    expect(await again.of(toPid(2), ["clerk"]).get("just")).toBe("x".repeat(1023));
    expect(again.bytes(toPid(2))).toBe(5 + 1024 + 4 + 1025 + 1 + 1);
    await again.of(toPid(2), ["clerk"]).set("b", long("d"));
    expect(await valueFiles()).toEqual(["1", "2"]);
  });

  it("gives what was set before, whatever is set and removed after the question", async () => {
    const state = states().of(toPid(1), ["clerk"]);
    const told = [state.set("k", "a".repeat(5000)), state.get("k"), state.set("k", "b".repeat(5000)), state.get("k")];
    const last = [state.remove("k"), state.get("k"), state.keys()];
    expect(await Promise.all(told)).toEqual([undefined, "a".repeat(5000), undefined, "b".repeat(5000)]);
    expect(await Promise.all(last)).toEqual([true, undefined, []]);
    expect(await valueFiles()).toEqual([]);
  });

  it("removes at the next opening what a crash left between a value's file and its record, and after it", async () => {
    const all = states();
    const state = all.of(toPid(1), ["clerk"]);
    await state.set("k", "a".repeat(5000));
    platform.faults.failNext(({ operation }) => operation === "write", "ENOSPC");
    await expect(state.set("k", 1)).rejects.toMatchObject({ code: "ENOSPC" });
    platform.faults.failNext(({ operation }) => operation === "remove", "EIO");
    await state.set("k", "b".repeat(5000));
    expect(await valueFiles()).toEqual(["1", "2"]);
    expect(await state.get("k")).toBe("b".repeat(5000));
    expect(await valueFiles()).toEqual(["2"]);
    platform.faults.failNext(({ operation, path }) => operation === "write" && !path.includes("values"), "ENOSPC");
    await expect(state.set("k", "c".repeat(5000))).rejects.toMatchObject({ code: "ENOSPC" });
    expect(await valueFiles()).toEqual(["2", "3"]);
    platform = platform.crash();
    expect(await states().of(toPid(2), ["clerk"]).get("k")).toBe("b".repeat(5000));
    expect(await valueFiles()).toEqual(["2"]);
  });

  it.each([
    ["is another's", async (file: string) => await platform.files.writeAtomic(file, new Uint8Array(5002))],
    ["is gone", async (file: string) => await platform.files.remove(file)],
    ["has grown", async (file: string) => await platform.files.writeAtomic(file, new Uint8Array(300_000))],
  ])("says that it is damaged when the file of a value %s, and gives the others", async (_, damage) => {
    const state = states().of(toPid(1), ["clerk"]);
    await state.set("k", "a".repeat(5000));
    await state.set("n", 1);
    const file = `${(await fileOf()).replace("/journal/state/", "/journal/values/")}/1`;
    await damage(file);
    await expect(state.get("k")).rejects.toMatchObject({ code: "AGENT_STATE_INVALID", details: { file } });
    expect(await state.get("n")).toBe(1);
    await state.set("k", "b".repeat(5000));
    expect(await state.get("k")).toBe("b".repeat(5000));
  });

  it("is opened by its next user when the last has let go of its files, and not before", async () => {
    const all = states();
    const state = all.of(toPid(1), ["clerk"]);
    await state.set("n", 0);
    const sets = Array.from({ length: 20 }, (_, index) => state.set("k", String(index).repeat(2000)));
    await sets[0];
    const released = all.release(toPid(1));
    expect(await all.of(toPid(2), ["clerk"]).get("k")).toBe("19".repeat(2000));
    await Promise.all([...sets, released]);
    expect(await valueFiles()).toEqual(["20"]);
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
    fc.array(
      fc.record({
        key: fc.constantFrom("a", "b", "c"),
        value: fc.option(fc.oneof(fc.jsonValue(), fc.string({ minLength: 1000, maxLength: 1100 })), { nil: undefined }),
        waits: fc.boolean(),
      }),
      { maxLength: 30 },
    ),
  ])("is after a crash what was set and removed, whatever that was", async (changes) => {
    platform = memoryPlatform();
    const expected = new Map<string, unknown>();
    const all = states();
    const state = all.of(toPid(1), ["clerk"]);
    let last: Promise<unknown> = Promise.resolve();
    for (const { key, value, waits } of changes) {
      if (value === undefined) {
        last = state.remove(key);
        expected.delete(key);
      } else {
        last = state.set(key, value as JsonValue);
        expected.set(key, JSON.parse(JSON.stringify(value)));
      }
      if (waits) await last;
    }
    await last;
    const kept = [...expected].reduce(
      (sum, [key, value]) => sum + key.length + Buffer.byteLength(JSON.stringify(value)),
      0,
    );
    expect(all.bytes(toPid(1))).toBe(kept);
    platform = platform.crash();
    const again = states().of(toPid(2), ["clerk"]);
    expect(await contents(again)).toEqual(Object.fromEntries(expected));
  });
});
