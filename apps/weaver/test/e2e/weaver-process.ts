/**
 * Runs weaver in a folder of its own, with its real daemon. Commands run in this process, which is what takes the least; where
 * the process itself is the subject, they run in one of their own.
 */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runIn } from "../unit/commands/fake-terminal.ts";

const ENTRY = join(import.meta.dirname, "../../src/main.ts");

/** How a run ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder with whatever daemon was started in it. */
export interface Workplace {
  readonly folder: string;
  readonly dir: string;
  run(...words: string[]): Promise<Ended>;
  /** Runs in a process of its own. */
  spawn(...words: string[]): Promise<Ended>;
  /** Runs in one with a reader that hangs up at once. */
  runUnread(...words: string[]): Promise<Ended>;
  /** Runs in one with its output on a full device. Linux only. */
  runFull(...words: string[]): Promise<Ended>;
  /** Runs with `--json` and parses the one document on stdout. */
  json(...words: string[]): Promise<{ readonly code: number | null; readonly value: Record<string, unknown> }>;
  /** Ends what still runs and removes the folder. */
  close(): Promise<void>;
}

/** Makes an empty folder to run weaver in. */
export function workplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), "weaver-e2e-"));
  const start = (words: readonly string[], read: boolean): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const { NO_COLOR: _color, npm_lifecycle_event: _event, ...env } = process.env;
      const child = spawn(process.execPath, ["--conditions=weftos-source", ENTRY, ...words], {
        cwd: folder,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let out = "";
      let err = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        out += text;
      });
      if (!read) child.stdout.destroy();
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        err += text;
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out, err }));
    });
  const startFull = (words: readonly string[]): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const full = openSync("/dev/full", "w");
      const child = spawn(process.execPath, ["--conditions=weftos-source", ENTRY, ...words], {
        cwd: folder,
        stdio: ["ignore", full, "pipe"],
      });
      closeSync(full);
      let err = "";
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        err += text;
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out: "", err }));
    });
  const run = (...words: string[]): Promise<Ended> => runIn(folder, ...words);
  return {
    folder,
    dir: join(folder, ".weftos"),
    run,
    spawn: (...words) => start(words, true),
    runUnread: (...words) => start(words, false),
    runFull: (...words) => startFull(words),
    async json(...words) {
      const { code, out } = await run(...words, "--json");
      return { code, value: JSON.parse(out) as Record<string, unknown> };
    },
    async close() {
      await run("kernel", "stop", "--force");
      rmSync(folder, { recursive: true });
    },
  };
}
