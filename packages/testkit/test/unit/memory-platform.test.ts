import { allFiles, faultFiles, memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("memoryPlatform of the testkit", () => {
  it("is the same for the same seed", () => {
    const draw = (seed: number): unknown => {
      const { random, clock } = memoryPlatform({ seed });
      return [random.bytes(8), random.uuidV7(clock.now())];
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });

  it("stamps files with the manual clock and goes on with the files of a crash", async () => {
    const platform = memoryPlatform({ now: 77 });
    await platform.files.writeAtomic("/a", encode("kept"));
    const file = await platform.files.openAppend("/b");
    await file.write(encode("lost"));
    expect((await platform.files.stat("/a"))?.modifiedMs).toBe(77);
    const after = memoryPlatform({ clock: platform.clock, files: platform.faults.crash() });
    expect(await allFiles(after.files)).toEqual(
      new Map([
        ["/a", encode("kept")],
        ["/b", encode("")],
      ]),
    );
  });
});

describe("faultFiles", () => {
  it("fails the next step that matches, once, in the order it was asked to", async () => {
    const { files, failNext } = faultFiles();
    failNext((step) => step.path === "/b" && step.operation === "create", "EACCES");
    failNext((step) => step.operation === "sync", "ENOSPC");
    failNext((step) => step.operation === "sync", "EIO");
    await expect(files.writeAtomic("/a", encode("x"))).rejects.toMatchObject({ code: "ENOSPC" });
    await expect(files.createExclusive("/b", encode("x"))).rejects.toMatchObject({ code: "EACCES" });
    await expect(files.writeAtomic("/a", encode("x"))).rejects.toMatchObject({ code: "EIO" });
    await files.writeAtomic("/a", encode("x"));
    expect([...(await allFiles(files)).keys()]).toEqual(["/a"]);
  });

  it("lists files below a folder only", async () => {
    const { files } = faultFiles();
    await files.makeFolder("/a/b");
    await files.writeAtomic("/a/b/c", encode("1"));
    await files.writeAtomic("/d", encode("2"));
    await files.link("/d", "/a/link");
    expect([...(await allFiles(files, "/a")).keys()]).toEqual(["/a/b/c"]);
  });

  it("keeps what was synced over one crash after another", async () => {
    const first = memoryPlatform();
    const log = await first.openAppendLog(first.files, "/log");
    await log.append(Uint8Array.of(1));
    const second = first.crash();
    const again = await second.openAppendLog(second.files, "/log");
    await again.append(Uint8Array.of(2));
    const third = second.crash();
    const records: number[] = [];
    for await (const [byte] of (await third.openAppendLog(third.files, "/log")).records()) records.push(byte ?? 0);
    expect(records).toEqual([1, 2]);
  });
});
