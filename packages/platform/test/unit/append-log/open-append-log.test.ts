import type { AppendLog, Files } from "@weftos/interface";
import { memoryFiles, memoryPlatform } from "@weftos/platform";
import { faultFiles, seededRandom } from "@weftos/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const PATH = "/journal";
const { openAppendLog } = memoryPlatform();
const record = (text: string): Uint8Array => new TextEncoder().encode(text);

async function texts(log: AppendLog): Promise<string[]> {
  const found: string[] = [];
  for await (const bytes of log.records()) found.push(new TextDecoder().decode(bytes));
  return found;
}

async function reread(files: Files): Promise<string[]> {
  const log = await openAppendLog(files, PATH);
  const found = await texts(log);
  await log.close();
  return found;
}

describe("a journal", () => {
  it("has the bytes that its format says", async () => {
    const files = memoryFiles();
    const log = await openAppendLog(files, PATH);
    await log.append(record("123456789"));
    await log.close();
    const bytes = await files.read(PATH);
    const view = new DataView(bytes.buffer);
    expect(new TextDecoder().decode(bytes.subarray(0, 7))).toBe("WEFTJNL");
    expect(bytes[7]).toBe(1);
    expect(view.getUint32(8, true)).toBe(9);
    expect(view.getUint32(16, true)).toBe(0xe3069283);
    expect(bytes.subarray(20)).toEqual(record("123456789"));
    expect((await files.stat(PATH))?.mode).toBe(0o600);
  });

  it("writes calls made together with one sync, and calls made while a sync runs with the next", async () => {
    let syncs = 0;
    const files = memoryFiles({
      beforeStep(step) {
        if (step.operation === "sync") syncs += 1;
        return undefined;
      },
    });
    const log = await openAppendLog(files, PATH);
    syncs = 0;
    await Promise.all(Array.from({ length: 1000 }, (_, index) => log.append(record(String(index)))));
    expect(syncs).toBe(1);
    const first = log.append(record("first"));
    await Promise.resolve();
    await Promise.resolve();
    await Promise.all([first, log.append(record("a")), log.append(record("b"))]);
    expect(syncs).toBe(3);
  });

  it("acknowledges nothing before it is on disk", async () => {
    const { files, crash } = faultFiles();
    const log = await openAppendLog(files, PATH);
    const appended = log.append(record("one"));
    expect(await reread(crash())).toEqual([]);
    await appended;
    expect(await reread(crash())).toEqual(["one"]);
  });

  it.each(["write", "truncate"] as const)("rejects and takes back a record that a full disk cut off", async (twice) => {
    const { files, failNext } = faultFiles();
    const log = await openAppendLog(files, PATH);
    await log.append(record("one"));
    failNext((step) => step.operation === "write", "ENOSPC", { writtenBytes: 5 });
    if (twice === "truncate") failNext((step) => step.operation === "truncate", "EIO");
    const refused = log.append(record("two"));
    if (twice === "write") {
      await expect(refused).rejects.toMatchObject({ code: "ENOSPC" });
      await log.append(record("three"));
      expect(await texts(log)).toEqual(["one", "three"]);
    } else {
      await expect(refused).rejects.toMatchObject({ code: "KERNEL_JOURNAL_CLOSED" });
      await expect(log.append(record("three"))).rejects.toMatchObject({ code: "KERNEL_JOURNAL_CLOSED" });
    }
    await log.close();
    expect((await reread(files))[0]).toBe("one");
  });

  it("takes nothing more after a failed sync until it is opened anew", async () => {
    const { files, failNext } = faultFiles();
    const log = await openAppendLog(files, PATH);
    await log.append(record("zero"));
    failNext((step) => step.operation === "sync", "EIO");
    const appends = [log.append(record("one")), log.append(record("two"))];
    for (const appended of appends) {
      await expect(appended).rejects.toMatchObject({ code: "KERNEL_JOURNAL_CLOSED", cause: { code: "EIO" } });
    }
    await expect(log.append(record("three"))).rejects.toMatchObject({ code: "KERNEL_JOURNAL_CLOSED" });
    await log.close();
    const again = await openAppendLog(files, PATH);
    await again.append(record("four"));
    expect((await texts(again)).at(-1)).toBe("four");
  });

  it("touches no disk before its first record", async () => {
    const { files } = faultFiles();
    const log = await openAppendLog(files, PATH);
    expect(await texts(log)).toEqual([]);
    await log.close();
    expect(await files.list("/")).toEqual([]);
  });

  it.each(["create", "write", "sync", "rename"] as const)(
    "is as it was when its first record fails at the %s of its file, and takes the next",
    async (operation) => {
      const { files, failNext, crash } = faultFiles();
      const log = await openAppendLog(files, PATH);
      failNext((step) => step.operation === operation, "ENOSPC");
      await expect(log.append(record("one"))).rejects.toMatchObject({ code: "ENOSPC" });
      await log.append(record("two"));
      expect(await reread(crash())).toEqual(["two"]);
      await log.close();
    },
  );

  it.each(["create", "write", "sync", "rename"] as const)(
    "keeps the old records when a rewrite fails at its %s, and goes on",
    async (operation) => {
      const { files, failNext } = faultFiles();
      const log = await openAppendLog(files, PATH);
      await log.append(record("old"));
      failNext((step) => step.operation === operation, "ENOSPC");
      await expect(log.rewrite([record("new")])).rejects.toMatchObject({ code: "ENOSPC" });
      await log.append(record("more"));
      expect(await texts(log)).toEqual(["old", "more"]);
      expect((await files.list("/")).map((entry) => entry.name)).toEqual(["journal"]);
    },
  );

  it("is whole, old or new, whenever the machine stops during a rewrite", async () => {
    const { files, crash, watch } = faultFiles();
    const log = await openAppendLog(files, PATH);
    await log.append(record("old"));
    const crashes: Files[] = [];
    const random = seededRandom(3);
    watch(() => {
      for (let again = 0; again < 20; again += 1) crashes.push(crash(random));
    });
    await log.rewrite([record("new 1"), record("new 2")]);
    watch(undefined);
    const seen = new Set<string>();
    for (const after of crashes) seen.add((await reread(after)).join());
    expect([...seen].sort()).toEqual(["new 1,new 2", "old"]);
  });

  it("refuses records while 64 MiB wait, to be tried again", async () => {
    const log = await openAppendLog(memoryFiles(), PATH, { maxRecordBytes: 64 * 1024 * 1024 });
    const large = log.append(new Uint8Array(64 * 1024 * 1024 - 100));
    await expect(log.append(new Uint8Array(100))).rejects.toMatchObject({
      code: "KERNEL_JOURNAL_BUSY",
      retryable: true,
    });
    await large;
    await log.append(new Uint8Array(100));
    await log.close();
  });

  it("takes an empty file for a new journal, and another version or format for damage", async () => {
    const files = memoryFiles();
    await files.writeAtomic(PATH, new Uint8Array());
    expect(await reread(files)).toEqual([]);
    await files.writeAtomic(PATH, record("WEFTJNL\u0002"));
    await expect(openAppendLog(files, PATH)).rejects.toMatchObject({
      code: "KERNEL_JOURNAL_DAMAGED",
      details: { path: PATH, offset: 7, fault: "version" },
    });
    await files.writeAtomic(PATH, record("hello, world"));
    await expect(openAppendLog(files, PATH)).rejects.toMatchObject({ details: { offset: 0, fault: "header" } });
    await files.writeAtomic(PATH, record("WEFT"));
    await expect(openAppendLog(files, PATH)).rejects.toMatchObject({ details: { offset: 0, fault: "header" } });
  });

  it("does not take a damaged length at the end of the file for a torn record", async () => {
    const files = memoryFiles();
    const log = await openAppendLog(files, PATH);
    await log.append(record("x".repeat(100)));
    await log.close();
    const bytes = await files.read(PATH);
    bytes[9] = 1; // the length grows by 256, beyond the end
    await files.writeAtomic(PATH, bytes);
    await expect(openAppendLog(files, PATH)).rejects.toMatchObject({ details: { offset: 8, fault: "length" } });
  });

  it("loses no acknowledged record, whatever else a crash leaves, and gives a prefix of the others", async () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lengths, lengths, fc.integer({ min: 0 }), async (before, after, seed) => {
        const { files, crash, watch } = faultFiles();
        const log = await openAppendLog(files, PATH);
        const all: string[] = [];
        const append = (length: number): Promise<void> => {
          all.push(`${all.length}:${"x".repeat(length)}`);
          return log.append(record(all.at(-1) ?? ""));
        };
        await Promise.all(before.map(append));
        const acknowledged = all.length;
        // The machine stops when the bytes are written and their sync has not run.
        let survivor: Files | undefined;
        watch((step) => {
          if (step.operation === "sync") survivor ??= crash(seededRandom(seed));
        });
        await Promise.all(after.map(append));
        const reopened = await openAppendLog(survivor ?? files, PATH);
        const found = await texts(reopened);
        expect(survivor).toBeDefined();
        expect(found.length).toBeGreaterThanOrEqual(acknowledged);
        expect(found).toEqual(all.slice(0, found.length));
        await reopened.append(record("next"));
        expect(await texts(reopened)).toEqual([...found, "next"]);
      }),
      { numRuns: 300 },
    );
  });

  it("gives a prefix of whole records wherever its file is cut, and whatever zeros follow", async () => {
    const files = memoryFiles();
    const log = await openAppendLog(files, PATH);
    const all = ["", "a", "record with some text", "\u0000\u0000", "last"];
    const ends: number[] = [];
    for (const text of all) {
      await log.append(record(text));
      ends.push((await files.stat(PATH))?.size ?? 0);
    }
    await log.close();
    const bytes = await files.read(PATH);
    for (const zeros of [0, 1, 11, 12, 400]) {
      for (let end = 8; end <= bytes.length; end += 1) {
        const cut = new Uint8Array(end + zeros);
        cut.set(bytes.subarray(0, end));
        await files.writeAtomic(PATH, cut);
        const opened = await openAppendLog(files, PATH);
        const found = await texts(opened);
        const whole = ends.filter((recordEnd) => recordEnd <= end).length;
        expect(found.slice(0, whole)).toEqual(all.slice(0, whole));
        // Zeros may complete a record that ends in zeros; they never make another one up.
        expect(found).toEqual(all.slice(0, found.length));
        expect(opened.droppedBytes).toBe(cut.length - (ends[found.length - 1] ?? 8));
        await opened.close();
      }
    }
  });
});
