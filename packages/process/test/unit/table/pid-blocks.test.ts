import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { PidBlocks } from "../../../src/table/pid-blocks.ts";

async function open(
  platform: ReturnType<typeof memoryPlatform>,
  known = 0,
  warnings: string[] = [],
): Promise<PidBlocks> {
  const pids = new PidBlocks();
  const warn = (message: string): void => void warnings.push(message);
  await pids.open(platform, platform.files, "/state", { known, logger: { warn } });
  return pids;
}

describe("PIDs", () => {
  it("count from 1 without gaps, also when asked for together", async () => {
    const pids = await open(memoryPlatform());
    const given = await Promise.all(Array.from({ length: 2500 }, () => pids.next()));
    expect(given).toEqual(Array.from({ length: 2500 }, (_, index) => index + 1));
  });

  it("are never given twice, whether the kernel closed or crashed", async () => {
    const platform = memoryPlatform();
    const first = await open(platform);
    expect(await first.next()).toBe(1);
    await first.close();
    const second = await open(platform);
    expect(await second.next()).toBe(1001);
    const crashed = memoryPlatform({ files: await platform.faults.crash() });
    const third = await open(crashed);
    expect(await third.next()).toBe(2001);
  });

  it("are not given again when the journal's end is torn, or it is gone while others know of them", async () => {
    const platform = memoryPlatform();
    const first = await open(platform);
    for (let pid = 1; pid <= 1500; pid += 1) expect(await first.next()).toBe(pid);
    await first.close();
    const file = "/state/journal/pids";
    const { size = 0 } = (await platform.files.stat(file)) ?? {};
    const whole = await platform.files.read(file, { maxBytes: size });
    await platform.files.writeAtomic(file, whole.subarray(0, size - 3));
    const warnings: string[] = [];
    const second = await open(platform, 0, warnings);
    expect(await second.next()).toBe(2001);
    await second.close();
    await platform.files.remove(file);
    const third = await open(platform, 2001, warnings);
    expect(await third.next()).toBe(4001);
    await third.close();
    expect(await (await open(platform, 4001, warnings)).next()).toBe(5001);
    expect(warnings).toEqual([
      "the journal of PIDs had a torn end: the next is above 2000",
      "the journal of PIDs does not know of PIDs that were given: the next is above 4000",
    ]);
  });

  it("keep the journal short over many starts", async () => {
    const platform = memoryPlatform();
    for (let start = 0; start < 70; start += 1) await (await open(platform)).close();
    const pids = await open(platform);
    expect(await pids.next()).toBe(70_001);
    const size = (await platform.files.stat("/state/journal/pids"))?.size ?? 0;
    expect(size).toBeLessThan(1024);
  });

  it("refuse a journal that holds something else", async () => {
    const platform = memoryPlatform();
    await platform.files.makeFolder("/state/journal");
    const journal = await platform.openAppendLog(platform.files, "/state/journal/pids");
    await journal.append(new Uint8Array(3));
    await journal.close();
    await expect(open(platform)).rejects.toMatchObject({ code: "PROCESS_PID_JOURNAL", details: { record: 0 } });
  });

  it("are not given before the journal is open, nor after it is closed", async () => {
    const pids = new PidBlocks();
    await expect(pids.next()).rejects.toMatchObject({ code: "PROCESS_NOT_ACCEPTING" });
    const opened = await open(memoryPlatform());
    await opened.close();
    await expect(opened.next()).rejects.toMatchObject({ code: "PROCESS_NOT_ACCEPTING" });
  });
});
