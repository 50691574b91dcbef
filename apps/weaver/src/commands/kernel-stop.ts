/** `weaver kernel stop`: asks the daemon to stop and returns when its process is really gone. */
import { isWeftError } from "@weftos/interface";
import { numberOption } from "../arguments/values.ts";
import { isAlive, waitForEnd } from "../daemon/wait-for-end.ts";
import { DaemonStopError } from "../failure/daemon-errors.ts";
import { EXIT_OK } from "../failure/exit-code.ts";
import { lockHolder } from "../kernel-access/lock-holder.ts";
import { noDaemonError } from "../kernel-access/no-daemon.ts";
import { openDaemon } from "../kernel-access/open-daemon.ts";
import { typedOn } from "../kernel-access/typed-on.ts";
import { numberOf, objectOf } from "../view/fields.ts";
import { styleFor } from "../view/style.ts";
import type { Invocation } from "./command.ts";

const DEFAULT_TIMEOUT_MS = 15_000;
const MAX_TIMEOUT_MS = 600_000;
const KILL_TIMEOUT_MS = 5_000;

/** Stops the kernel and gives the exit code. @throws `API_NO_DAEMON`, `KERNEL_STOP_TIMEOUT` */
export async function run(invocation: Invocation): Promise<number> {
  const { dir, values, terminal, json } = invocation;
  const timeoutMs = numberOption(values, "timeout", 1, MAX_TIMEOUT_MS) ?? DEFAULT_TIMEOUT_MS;
  const force = values.force === true;
  const began = performance.now();
  const { pid, killed } = await stop(invocation, timeoutMs, force);
  const ms = Math.round(performance.now() - began);
  if (json) terminal.out.write(`${JSON.stringify({ pid, state: "stopped", dir, killed, ms }, null, 2)}\n`);
  else {
    const style = styleFor(terminal);
    const how = killed ? style.warn("was killed") : style.good("has stopped");
    terminal.out.write(`the kernel of ${dir}, process ${pid}, ${how}\n`);
  }
  return EXIT_OK;
}

async function stop(
  invocation: Invocation,
  timeoutMs: number,
  force: boolean,
): Promise<{ readonly pid: number; readonly killed: boolean }> {
  const { dir } = invocation;
  const asked = await askToStop(dir, timeoutMs, force);
  const pid = asked ?? (force ? await holderOf(dir) : undefined);
  if (pid === undefined) throw await noDaemonError(dir, typedOn(invocation));
  if (asked !== undefined && (await waitForEnd(pid, timeoutMs))) return { pid, killed: false };
  if (!force) {
    const hint = typedOn(invocation)("kernel stop --force");
    const message = `process ${pid} has not ended within ${timeoutMs} ms of being asked`;
    throw new DaemonStopError(message, { details: { dir, pid, hint } });
  }
  if (isAlive(pid)) process.kill(pid, "SIGKILL");
  if (await waitForEnd(pid, KILL_TIMEOUT_MS)) return { pid, killed: true };
  throw new DaemonStopError(`process ${pid} does not end, not even when killed`, {
    details: { dir, pid, hint: `look at process ${pid}` },
  });
}

/** Asks over the socket; gives the daemon's PID, or undefined when nobody answers. */
async function askToStop(dir: string, timeoutMs: number, force: boolean): Promise<number | undefined> {
  try {
    const daemon = await openDaemon(dir, timeoutMs);
    try {
      const status = objectOf(await daemon.call("kernel.status", {}, { timeoutMs }));
      const pid = numberOf(status.pid);
      if (status.state === "running") await daemon.call("kernel.stop", {}, { timeoutMs });
      return pid;
    } finally {
      await daemon.close();
    }
  } catch (error) {
    if (isWeftError(error, "API_NO_DAEMON")) return undefined;
    // One that hangs cannot be asked, but with --force it can be ended: its lock names it.
    if (force && (isWeftError(error, "API_TIMEOUT") || isWeftError(error, "API_CONNECTION_LOST"))) return undefined;
    throw error;
  }
}

/** The process that holds the directory, when it is surely the one that took the lock. */
async function holderOf(dir: string): Promise<number | undefined> {
  const holder = await lockHolder(dir);
  return holder?.alive === true ? holder.processId : undefined;
}
