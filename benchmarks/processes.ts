// Starts programs and times them from outside, as a person at a terminal sees them.
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

export const ROOT: string = resolve(import.meta.dirname, "..");
/** The built command line, as it is installed. */
export const WEAVER: string = join(ROOT, "apps/weaver/bin/weaver.js");

export interface Ended {
  readonly ms: number;
  readonly stdout: string;
}

/** Runs Node with these arguments to its end. A failure rejects with what it printed. */
export function timeNode(args: readonly string[], cwd: string = ROOT): Promise<Ended> {
  return new Promise((done, fail) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    child.on("error", fail);
    child.on("close", (code) => {
      const ms = performance.now() - started;
      if (code === 0) done({ ms, stdout });
      else fail(new Error(`node ${args.join(" ")} ended with ${code}: ${stderr}${stdout}`));
    });
  });
}

/** The rival of every start-up figure: Node itself, doing nothing. */
export async function bareNodeMs(): Promise<number> {
  return (await timeNode(["-e", "0"])).ms;
}

/** Runs a child module that prints one number. */
export async function numberOf(file: string, ...args: string[]): Promise<number> {
  const { stdout } = await timeNode([join(import.meta.dirname, "children", file), ...args]);
  const value = Number(stdout.trim());
  if (!Number.isFinite(value)) throw new Error(`expected a number from ${file}, got ${stdout}`);
  return value;
}
