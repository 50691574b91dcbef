import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodePlatform } from "@weftos/platform";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "weftos-kill-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it.each([50, 333, 1200])("a writer killed after %i acknowledged records leaves all of them", async (after) => {
  const path = join(folder, "journal");
  const writer = spawn(process.execPath, [join(import.meta.dirname, "killed-writer.ts"), path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(writer, "exit");
  let told = "";
  for await (const chunk of writer.stdout.setEncoding("utf8")) {
    told += chunk;
    if (told.split("\n").length > after) writer.kill("SIGKILL");
  }
  await exited;
  const acknowledged = told.split("\n").slice(0, -1).map(Number);
  expect(acknowledged.length).toBeGreaterThanOrEqual(after);

  const platform = nodePlatform();
  const journal = await platform.openAppendLog(platform.files, path);
  const found: number[] = [];
  for await (const record of journal.records()) {
    const [number, filling] = new TextDecoder().decode(record).split(":");
    expect(filling).toHaveLength(Number(number) % 500);
    found.push(Number(number));
  }
  await journal.append(new TextEncoder().encode("goes on"));
  await journal.close();
  expect(found).toEqual(found.map((_, index) => index));
  expect(found.length).toBeGreaterThanOrEqual(Math.max(...acknowledged) + 1);
});
