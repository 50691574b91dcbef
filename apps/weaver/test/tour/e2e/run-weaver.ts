/** Runs `weaver` from source as a child process, as a user does. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param temporary - where the tour puts what it keeps */
export async function runWeaver(words: readonly string[], cwd: string, temporary: string): Promise<Run> {
  const { npm_lifecycle_event: _, ...rest } = process.env;
  const env = { ...rest, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
  const child = spawn(process.execPath, ["--conditions=weftos-source", MAIN, ...words], { cwd, env });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end();
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, stdout, stderr };
}
