import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Workplace, workplace } from "./weaver-process.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let weaver: Workplace;
beforeAll(() => {
  weaver = workplace();
});
afterAll(() => weaver.close());

it("chain tail -f shows events as they are recorded, until the kernel ends; chain query finds them after", async () => {
  expect((await weaver.run("chain", "tail", "-f")).code).toBe(3);
  expect((await weaver.run("kernel", "start")).code).toBe(0);
  const entry = join(import.meta.dirname, "../../src/main.ts");
  const words = ["--conditions=weftos-source", entry, "chain", "tail", "-f", "--json", "-n", "1"];
  const child = spawn(process.execPath, words, { cwd: weaver.folder, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = JSON.parse((await lines.next()).value as string) as { sequence: number };
  expect((await weaver.run("chain", "checkpoint")).code).toBe(0);
  const second = JSON.parse((await lines.next()).value as string) as { sequence: number; kind: string };
  expect(second).toMatchObject({ sequence: first.sequence + 1, kind: "chain.checkpoint" });
  const live = await weaver.json("chain", "query", "--kind", "chain.checkpoint", "--actor", "principal:owner");
  expect(live).toMatchObject({ code: 0, value: { events: [{ sequence: second.sequence }], next: null } });
  expect((await weaver.run("kernel", "stop")).code).toBe(0);
  expect(await ended).toBe(0);
  const { value } = await weaver.json("chain", "query", "--action", "chain.checkpoint", "--since", "1h");
  expect(value).toMatchObject({ events: [{ sequence: second.sequence }] });
});
