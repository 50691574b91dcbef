import { execFile } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ways = ["arrays", "buffers", "texts", "timers", "properties", "output", "promises", "turns"];

it("a worker that takes memory without end is ended alone, with the limit as the reason, whatever it takes it with", async () => {
  const script = fileURLToPath(new URL("../../agents/kernel-with-bombs.ts", import.meta.url));
  const args = ["--conditions=weftos-source", script, ...ways];
  // Where the engine ends the program of the kernel, the lines end early.
  const told = await promisify(execFile)(execPath, args, { timeout: 50_000 }).catch((error: unknown) => error);
  const lines = String((told as { readonly stdout: unknown }).stdout)
    .trimEnd()
    .split("\n");
  const end = { exit: { kind: "limit", limit: "memoryBytes" }, isHealthy: true };
  expect(lines.map((line) => JSON.parse(line || "{}") as unknown)).toEqual(ways.map((way) => ({ way, ...end })));
}, 60_000);
