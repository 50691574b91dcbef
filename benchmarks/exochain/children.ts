// Children that measure the chain from its sources, and the large chain that several of them share.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timeNode } from "../processes.ts";

/** Events of the large chain. */
export const EVENTS = 1_000_000;

/** Runs a child and gives its figures. */
export async function figuresOf(file: string, ...args: string[]): Promise<Readonly<Record<string, number>>> {
  const path = join(import.meta.dirname, "../children", file);
  const { stdout } = await timeNode(["--conditions=weftos-source", path, ...args]);
  return JSON.parse(stdout) as Record<string, number>;
}

/** Gives one figure. @throws when the child did not tell it */
export function figure(figures: Readonly<Record<string, number>>, name: string): number {
  const value = figures[name];
  if (value === undefined || !Number.isFinite(value)) throw new Error(`expected a number for ${name}, got ${value}`);
  return value;
}

let large: Promise<string> | undefined;

/** Gives the directory of a chain of a million events, written once for all benchmarks of a run. */
export function largeChain(): Promise<string> {
  large ??= (async () => {
    const dir = mkdtempSync(join(tmpdir(), "weftos-bench-"));
    process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
    await figuresOf("chain-build.ts", dir, String(EVENTS));
    return dir;
  })();
  return large;
}
