import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodePlatform } from "@weftos/platform";
import { afterAll, describe, expect, it } from "vitest";
import { openChain, verifyChain } from "../../src/index.ts";

/** More rounds with `EXOCHAIN_KILL_ROUNDS=200`. */
const ROUNDS = Number(process.env.EXOCHAIN_KILL_ROUNDS ?? 8);
const dir = mkdtempSync(join(tmpdir(), "exochain-kill-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Lets the program run until it acknowledged some events, and kills it without warning. */
async function runAndKill(acknowledged: number): Promise<Map<number, string>> {
  const child = spawn(
    process.execPath,
    ["--conditions=weftos-source", join(import.meta.dirname, "append-until-killed.ts"), dir],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let out = "";
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    if (out.split("\n").length > acknowledged) child.kill("SIGKILL");
  });
  const signal = await new Promise((resolve) => child.on("close", (_code, by) => resolve(by)));
  expect([signal, errors]).toEqual(["SIGKILL", ""]);
  const whole = out.slice(0, out.lastIndexOf("\n"));
  return new Map(
    whole
      .split("\n")
      .filter((line) => /^\d+ /.test(line))
      .map((line): [number, string] => [Number(line.split(" ")[0]), line.split(" ")[1] ?? ""]),
  );
}

describe("kill -9 under load", () => {
  it(`loses no acknowledged event in ${ROUNDS} rounds, and the chain verifies after each`, {
    timeout: 30_000 + ROUNDS * 5000,
  }, async () => {
    const platform = nodePlatform();
    const told = new Map<number, string>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const [sequence, hash] of await runAndKill(40 + 37 * (round % 7))) told.set(sequence, hash);
      const before = await verifyChain(platform.files, dir);
      expect(before.faults.filter(({ code }) => code !== "CHAIN_TORN")).toEqual([]);
      const chain = await openChain({ ...platform, dir, rotateBytes: 100_000 });
      const found = new Map<number, string>();
      for await (const { sequence, hash } of chain.range(0, chain.status().events)) found.set(sequence, hash);
      expect([...told].filter(([sequence, hash]) => found.get(sequence) !== hash)).toEqual([]);
      await chain.close();
      const after = await verifyChain(platform.files, dir);
      expect(after).toMatchObject({ valid: true, tail: "closed", faults: [] });
    }
    expect(told.size).toBeGreaterThan(ROUNDS * 30);
  });
});
