import type { Host } from "@weftos/interface";
import { memoryPlatform, type TestPlatform } from "@weftos/testkit";
import { describe, expect, test } from "vitest";
import { lockDirectory } from "../../../src/state/directory-lock.ts";
import { absolutePath, openStateDirectory, parentOf } from "../../../src/state/state-directory.ts";

const hostOf = (over: Partial<Host> = {}): Host => ({
  processId: 10,
  hostname: "here",
  bootId: "boot-1",
  processStart: async (id) => `start-${id}`,
  isAlive: () => true,
  ...over,
});

async function withRunFolder(): Promise<TestPlatform> {
  const platform = memoryPlatform();
  await platform.files.makeFolder("/s/run");
  return platform;
}

let nonces = 0;
const lock = ({ files, clock }: TestPlatform, host: Host) =>
  lockDirectory("/s", { files, host, clock, nonce: `n${nonces++}` });

describe("the lock of a state directory", () => {
  test("refuses a second kernel while the first process lives, naming PID and host", async () => {
    const platform = await withRunFolder();
    const held = await lock(platform, hostOf());
    await expect(lock(platform, hostOf({ processId: 11 }))).rejects.toMatchObject({
      code: "KERNEL_LOCKED",
      details: { dir: "/s", processId: 10, host: "here" },
    });
    await held.release();
    expect((await lock(platform, hostOf({ processId: 11 }))).takenFrom).toBeUndefined();
  });

  test("refuses a second kernel of the same process", async () => {
    const platform = await withRunFolder();
    await lock(platform, hostOf());
    await expect(lock(platform, hostOf())).rejects.toMatchObject({ code: "KERNEL_LOCKED" });
  });

  test.each<[string, Partial<Host>]>([
    ["whose process is dead", { isAlive: () => false }],
    ["of an earlier boot of the machine", { bootId: "boot-2" }],
    ["whose PID belongs to another process now", { processStart: async () => "later" }],
  ])("takes over a lock %s", async (_name, later) => {
    const platform = await withRunFolder();
    await lock(platform, hostOf());
    const taken = await lock(platform, hostOf({ processId: 11, ...later }));
    expect(taken.takenFrom).toBe(10);
    expect((await platform.files.list("/s/run")).map((entry) => entry.name)).toEqual(["lock"]);
  });

  test.each<[string, Partial<Host>]>([
    ["from another host, even if that PID is dead here", { hostname: "there", isAlive: () => false }],
    ["when it cannot be known when its process started", { processStart: async () => undefined }],
    ["when the boot of the machine is unknown and the process lives", { bootId: undefined }],
  ])("never takes a lock over %s", async (_name, later) => {
    const platform = await withRunFolder();
    await lock(platform, hostOf());
    await expect(lock(platform, hostOf({ processId: 11, ...later }))).rejects.toMatchObject({ code: "KERNEL_LOCKED" });
  });

  test("gives way to exactly one of many who find a dead lock", async () => {
    const platform = await withRunFolder();
    await lock(platform, hostOf());
    const alive = (id: number): boolean => id !== 10;
    const results = await Promise.allSettled(
      [11, 12, 13, 14, 15].map((processId) => lock(platform, hostOf({ processId, isAlive: alive }))),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  });

  test("refuses garbage with the way out, and takes over a lock that stays empty", async () => {
    const platform = await withRunFolder();
    await platform.files.createExclusive("/s/run/lock", new TextEncoder().encode("mine!"));
    await expect(lock(platform, hostOf())).rejects.toThrow(/remove \/s\/run\/lock/);
    await platform.files.writeAtomic("/s/run/lock", new Uint8Array());
    const locking = lock(platform, hostOf());
    await platform.clock.advance(5000);
    await (await locking).release();
    expect(await platform.files.list("/s/run")).toEqual([]);
  });

  test("leaves a lock alone that is not its own any more", async () => {
    const platform = await withRunFolder();
    const held = await lock(platform, hostOf());
    await platform.files.writeAtomic("/s/run/lock", new TextEncoder().encode("another"));
    await held.release();
    expect(await platform.files.stat("/s/run/lock")).toBeDefined();
  });
});

describe("the state directory", () => {
  test("is made with its folders, 0700, and its lock 0600", async () => {
    const platform = memoryPlatform();
    const state = await openStateDirectory("/a/.weftos", platform);
    const names = (await platform.files.list("/a/.weftos")).map((entry) => entry.name);
    expect(names).toEqual(["cache", "chain", "journal", "keys", "logs", "run"]);
    for (const name of names) expect((await platform.files.stat(`/a/.weftos/${name}`))?.mode).toBe(0o700);
    expect((await platform.files.stat("/a/.weftos/run/lock"))?.mode).toBe(0o600);
    expect(state).toMatchObject({ persistent: true, tooOpen: false });
  });

  test("that others may enter is told", async () => {
    const platform = memoryPlatform();
    await platform.files.makeFolder("/a", { mode: 0o755 });
    expect((await openStateDirectory("/a", platform)).tooOpen).toBe(true);
  });

  test("in memory has the same folders and no lock", async () => {
    const { files, lock: none, persistent } = await openStateDirectory(undefined, memoryPlatform());
    expect(await files.stat("/.weftos/journal")).toMatchObject({ kind: "folder" });
    expect([none, persistent]).toEqual([undefined, false]);
  });

  test("that cannot be made is an error with the system's code", async () => {
    const platform = memoryPlatform();
    await platform.files.writeAtomic("/file", new Uint8Array());
    await expect(openStateDirectory("/file", platform)).rejects.toMatchObject({
      code: "KERNEL_DIRECTORY",
      details: { dir: "/file" },
    });
  });

  test("has an absolute path, however it was given", () => {
    expect(absolutePath(".weftos/", "/srv")).toBe("/srv/.weftos");
    expect(absolutePath("./a", "/srv")).toBe("/srv/a");
    expect(absolutePath(".", "/srv")).toBe("/srv");
    expect(absolutePath("/x", "/srv")).toBe("/x");
    expect(absolutePath("C:\\x", "/srv")).toBe("C:\\x");
    expect([parentOf("/a/b"), parentOf("/a"), parentOf("C:\\a\\b")]).toEqual(["/a", "/", "C:\\a"]);
  });
});
