import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { PidBlocks } from "../../../src/table/pid-blocks.ts";

async function open(platform: ReturnType<typeof memoryPlatform>): Promise<PidBlocks> {
  const pids = new PidBlocks();
  await pids.open(platform, platform.files, "/state");
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
