/**
 * Starts the daemon as a process of its own and waits until it says that it is ready. It is told, it does not poll: the two
 * share a channel until then. The daemon's own words go to `logs/daemon.log`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { WeftError } from "@weftos/interface";
import { DaemonStartError, StateDirectoryError } from "../failure/daemon-errors.ts";
import { type ReadyMessage, readReadyMessage } from "./ready-message.ts";

const READY_TIMEOUT_MS = 60_000;
const LOG_LINES = 12;
const MAX_LOG_BYTES = 1_048_576;

/** What to start. */
export interface LaunchInit {
  readonly dir: string;
  /** Path of the program's module. */
  readonly entry: string;
  /** Agents that the last kernel left behind, by globs of their names, that are left out. */
  readonly without: readonly string[];
}

/** Tells the file that takes what a daemon writes. */
export function daemonLog(dir: string): string {
  return join(dir, "logs", "daemon.log");
}

/**
 * Starts a daemon.
 *
 * @returns what it said when it was ready
 * @throws the daemon's own error such as `KERNEL_LOCKED`; `KERNEL_DAEMON_FAILED` when it ended, or said nothing for 60 s
 */
export async function launchDaemon({
  dir,
  entry,
  without,
}: LaunchInit): Promise<Extract<ReadyMessage, { kind: "ready" }>> {
  const log = daemonLog(dir);
  makeLogFolder(dir);
  rotate(dir, log);
  const before = existsSync(log) ? statSync(log).size : 0;
  const output = openSync(log, "a", 0o600);
  const words = [...process.execArgv, entry, "kernel", "start", "--foreground", "--dir", dir];
  words.push(...without.map((agent) => `--without=${agent}`));
  const child = spawn(process.execPath, words, {
    cwd: dirname(dir),
    detached: true,
    windowsHide: true,
    stdio: ["ignore", output, output, "ipc"],
  });
  closeSync(output);
  const failed = (reason: string): DaemonStartError =>
    new DaemonStartError(`the daemon for ${dir} ${reason}; its log is ${log}`, {
      details: { dir, log: lastLines(log, before) },
    });
  try {
    const message = await readyMessageOf(child, failed);
    if (message.kind === "ready") return message;
    throw WeftError.fromJSON(message.error);
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}

function readyMessageOf(child: ChildProcess, failed: (reason: string) => DaemonStartError): Promise<ReadyMessage> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill("SIGKILL");
      reject(failed(`was not ready within ${READY_TIMEOUT_MS / 1000} s and was killed`));
    }, READY_TIMEOUT_MS);
    const fail = (reason: string): void => {
      clearTimeout(late);
      reject(failed(reason));
    };
    child.on("message", (value) => {
      const message = readReadyMessage(value);
      if (message === undefined) return;
      clearTimeout(late);
      resolve(message);
    });
    child.on("error", (error) => fail(`could not be started: ${error.message}`));
    // `exit` may come before a message that was sent; `close` comes after the channel's end.
    child.on("close", (code, signal) => fail(`ended before it was ready (${signal ?? `exit ${code}`})`));
  });
}

function makeLogFolder(dir: string): void {
  try {
    makeFolders(join(dir, "logs"));
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const message = `the state directory ${dir} cannot be made`;
    throw new StateDirectoryError(message, { details: { dir, reason }, cause: error });
  }
}

/** Makes a folder and those above it. Node's own recursion never ends where a file system takes no folder, such as /proc. */
function makeFolders(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dirname(path) !== path) makeFolders(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

/** Keeps the log of a daemon bounded; never while one may write to it. */
function rotate(dir: string, log: string): void {
  if (existsSync(join(dir, "run", "lock")) || !existsSync(log) || statSync(log).size < MAX_LOG_BYTES) return;
  renameSync(log, `${log}.1`);
}

function lastLines(log: string, from: number): readonly string[] {
  const text = readFileSync(log).subarray(from).toString("utf8").trim();
  return text === "" ? [] : text.split("\n").slice(-LOG_LINES);
}
