import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogRecord } from "@weftos/interface";
import { memoryPlatform, nodePlatform } from "@weftos/platform";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LOG_FILE_BYTES } from "../../../src/log/log-line.ts";

const line: LogRecord = { time: 1, level: "info", subsystem: "x", message: "line", fields: {} };

async function sparse(path: string, mark: string, bytes: number): Promise<void> {
  await writeFile(path, mark);
  await truncate(path, bytes);
}

describe("the log on disk", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "weftos-log-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("makes room when it opens a full file, and keeps three older ones", async () => {
    await sparse(join(folder, "kernel.log"), "0", LOG_FILE_BYTES);
    for (const age of [1, 2, 3]) await writeFile(join(folder, `kernel.${age}.log`), String(age));
    const sink = await nodePlatform().openLogSink({ folder });
    sink.write(line);
    await sink.close();
    expect((await readdir(folder)).sort()).toEqual(["kernel.1.log", "kernel.2.log", "kernel.3.log", "kernel.log"]);
    expect((await stat(join(folder, "kernel.1.log"))).size).toBe(LOG_FILE_BYTES);
    expect(await readFile(join(folder, "kernel.2.log"), "utf8")).toBe("1");
    expect(await readFile(join(folder, "kernel.3.log"), "utf8")).toBe("2");
    expect(JSON.parse(await readFile(join(folder, "kernel.log"), "utf8"))).toMatchObject({ message: "line" });
  });

  it("makes room while it is open, losing no line", async () => {
    await sparse(join(folder, "kernel.log"), "0", LOG_FILE_BYTES - 150);
    const sink = await nodePlatform().openLogSink({ folder });
    for (const message of ["one", "two", "three", "four"]) sink.write({ ...line, message });
    await sink.close();
    const older = (await readFile(join(folder, "kernel.1.log"))).subarray(LOG_FILE_BYTES - 150).toString();
    const newer = await readFile(join(folder, "kernel.log"), "utf8");
    const found = (older + newer).trim().split("\n");
    expect(found.map((text) => JSON.parse(text).message)).toEqual(["one", "two", "three", "four"]);
    expect(newer).not.toBe("");
  });

  it("is for its owner only", async ({ skip }) => {
    skip(process.platform === "win32", "Windows keeps no modes");
    const sink = await nodePlatform().openLogSink({ folder: join(folder, "new") });
    await sink.close();
    expect((await stat(join(folder, "new/kernel.log"))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "new"))).mode & 0o777).toBe(0o700);
  });

  it("keeps nothing without a folder", async () => {
    for (const platform of [nodePlatform(), memoryPlatform()]) {
      const sink = await platform.openLogSink({});
      sink.write(line);
      await sink.close();
      expect(await memoryPlatform().files.list("/")).toEqual([]);
    }
  });
});

describe("the log in memory", () => {
  it("rotates as the one on disk does", async () => {
    const platform = memoryPlatform();
    await platform.files.makeFolder("/logs");
    await platform.files.writeAtomic("/logs/kernel.log", new Uint8Array(LOG_FILE_BYTES - 10));
    for (const age of [1, 2, 3]) await platform.files.writeAtomic(`/logs/kernel.${age}.log`, Uint8Array.of(age));
    const sink = await platform.openLogSink({ folder: "/logs" });
    sink.write(line);
    await sink.close();
    expect((await platform.files.list("/logs")).map((entry) => entry.name)).toEqual([
      "kernel.1.log",
      "kernel.2.log",
      "kernel.3.log",
      "kernel.log",
    ]);
    expect([...(await platform.files.read("/logs/kernel.3.log"))]).toEqual([2]);
    expect((await platform.files.stat("/logs/kernel.log"))?.size).toBeLessThan(200);
  });
});
