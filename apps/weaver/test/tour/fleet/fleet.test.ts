import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Kernel } from "weftos";
import { coordinator } from "../../../src/tour/fleet/coordinator.ts";
import type { FleetCounts, FleetObserver } from "../../../src/tour/fleet/fleet-report.ts";

const READER = new URL("../../../src/tour/fleet/reader.ts", import.meta.url);
const LONG_MS = 60_000;

let folder: string;
let kernel: Kernel;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "weftos-fleet-")));
  kernel = await Kernel.boot();
});

afterEach(async () => {
  await kernel.shutdown();
  await rm(folder, { recursive: true, force: true });
});

type Watch = Partial<Pick<FleetObserver, "asked" | "started" | "returned">>;

/** Runs a fleet on the folder until it has finished or given up. */
async function read(watch: Watch = {}): Promise<FleetCounts> {
  return await new Promise<FleetCounts>((resolve, reject) => {
    const observer: FleetObserver = {
      started: watch.started ?? (() => undefined),
      progressed: async () => undefined,
      asked: watch.asked ?? (async () => "alive"),
      returned: watch.returned ?? (async () => undefined),
      finished: resolve,
      abandoned: (reason) => reject(new Error(reason)),
    };
    kernel.process
      .spawn(coordinator({ folder, reader: READER, observer }), {
        capabilities: { tools: { allow: ["fs.*"] }, files: { read: [folder] } },
      })
      .catch(reject);
  });
}

async function write(count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) await writeFile(join(folder, `${number}.md`), `one two ${number}`);
}

const pidOf = (pid: number) => kernel.process.find(pid as never)?.pid ?? (pid as never);

describe("the fleet", { timeout: LONG_MS }, () => {
  it("counts every file once although readers are killed again and again", async () => {
    await write(40);
    let kills = 0;
    const counts = await read({
      async asked({ pid, accepted }) {
        if (accepted < 3 || kills === 5) return "alive";
        kills += 1;
        await kernel.process.kill(pidOf(pid));
        return "killed";
      },
    });
    expect(kills).toBe(5);
    expect(counts).toMatchObject({ found: 40, files: 40, words: 120, unreadable: [] });
  });

  it("ends with the terms of a killed reader's file counted once", async () => {
    await writeFile(join(folder, "only.md"), "word word");
    let indexer = 0;
    let killed = false;
    const counts = await read({
      started: (members) => {
        indexer = members.indexer;
      },
      async asked({ pid }) {
        if (killed) return "alive";
        killed = true;
        await kernel.process.kill(pidOf(pid));
        return "killed";
      },
    });
    const answer = await kernel.ipc.request(pidOf(indexer), { kind: "search", term: "WORD" });
    expect(counts).toMatchObject({ files: 1, words: 2 });
    expect(answer.payload).toMatchObject({ term: "word", count: 2, files: 1 });
  });

  it("lists a file that is gone, and one that became a folder, between scan and read", async () => {
    await write(6);
    let spoilt = false;
    const counts = await read({
      async asked({ accepted }) {
        // Once a result is there the scan is over, and at most three files were lent.
        if (spoilt || accepted === 0) return "alive";
        spoilt = true;
        for (const name of ["4.md", "5.md"]) await rm(join(folder, name));
        await mkdir(join(folder, "5.md"));
        return "alive";
      },
    });
    expect(counts).toMatchObject({ found: 6, files: 4, unreadableFiles: 2 });
    expect(counts.unreadable).toEqual([
      { path: "4.md", code: "ENOENT" },
      { path: "5.md", code: "EISDIR" },
    ]);
  });

  it("goes on with one reader when the other has ended for good", async () => {
    await write(10);
    let stopped: Promise<void> | undefined;
    const counts = await read({
      async asked({ pid, accepted }) {
        if (accepted < 2 || stopped !== undefined) return "alive";
        stopped = kernel.process.stop(pidOf(pid), { graceful: false });
        await stopped;
        return "killed";
      },
    });
    expect(counts).toMatchObject({ found: 10, files: 10, words: 30 });
  });

  it("gives up, and says why, when no reader is left", async () => {
    await write(10);
    const reading = read({
      async asked({ pid, accepted }) {
        if (accepted === 0) return "alive";
        await kernel.process.stop(pidOf(pid), { graceful: false });
        return "killed";
      },
    });
    await expect(reading).rejects.toThrow("reader has ended");
  });
});
