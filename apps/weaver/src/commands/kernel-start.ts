/** `weaver kernel start`: in the background by default, in this process with `--foreground`. */
import { listOption } from "../arguments/values.ts";
import { EXIT_FAILURE, EXIT_OK } from "../failure/exit-code.ts";
import { checkOwner } from "../kernel-access/token-of-user.ts";
import { typedOn } from "../kernel-access/typed-on.ts";
import { shown } from "../view/fields.ts";
import { styleFor } from "../view/style.ts";
import { renderFields } from "../view/table.ts";
import type { Invocation } from "./command.ts";

/** Starts a kernel and gives the exit code: at once when it is ready, or with `--foreground` when it has ended. */
export async function run(invocation: Invocation): Promise<number> {
  checkOwner("who starts a kernel is the owner of its directory");
  return invocation.values.foreground === true ? await stayAttached(invocation) : await detach(invocation);
}

async function detach(invocation: Invocation): Promise<number> {
  const { dir, host, terminal, json } = invocation;
  const { daemonLog, launchDaemon } = await import("../daemon/launch-daemon.ts");
  const { pid, socket, environment, bootMs, notices } = await launchDaemon({
    dir,
    entry: host.entry,
    without: listOption(invocation.values, "without"),
  });
  const log = daemonLog(dir);
  if (json) {
    terminal.out.write(
      `${JSON.stringify({ pid, state: "running", dir, environment, socket, log, bootMs, notices }, null, 2)}\n`,
    );
    return EXIT_OK;
  }
  const style = styleFor(terminal);
  const typed = typedOn(invocation);
  const fields: [string, string][] = [
    ["directory", dir],
    ["environment", environment],
    ["socket", socket ?? "-"],
    ["log", log],
    ...(notices.length === 0 ? [] : [["notices", style.warn(notices.map(shown).join("\n"))] as [string, string]]),
    ["next", ["kernel status", "kernel ps", "chain status", "kernel stop"].map(typed).join("\n")],
  ];
  terminal.out.write(`${style.good("the kernel runs")} as process ${pid}\n${renderFields(fields, style.faint)}\n`);
  return EXIT_OK;
}

async function stayAttached({ dir, values, terminal, json }: Invocation): Promise<number> {
  const { failedMessage } = await import("../daemon/ready-message.ts");
  const parent = process.send === undefined ? undefined : process;
  const { bootLine } = await import("@weftos/kernel-boot");
  const { runDaemon } = await import("../daemon/run-daemon.ts");
  // With --json the document on stdout stays the only one there: the log goes to stderr.
  const lines = json ? terminal.err : terminal.out;
  try {
    const clean = await runDaemon({
      dir,
      without: listOption(values, "without"),
      onEvent: (event) => lines.write(`${bootLine(event)}\n`),
      onReady({ socket, environment, bootMs, notices }) {
        const facts = { pid: process.pid, socket: socket ?? null, environment, bootMs, notices };
        parent?.send?.({ kind: "ready", ...facts });
        if (parent?.connected === true) parent.disconnect();
        if (json) terminal.out.write(`${JSON.stringify({ ...facts, state: "running", dir }, null, 2)}\n`);
      },
    });
    return clean ? EXIT_OK : EXIT_FAILURE;
  } catch (error) {
    if (parent?.connected === true) {
      await new Promise<void>((told) => parent.send?.(failedMessage(error), () => told()));
      parent.disconnect();
    }
    throw error;
  }
}
