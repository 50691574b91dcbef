/**
 * The daemon: a kernel with its socket, in this process, until somebody stops it. It ends by `kernel.stop` over the socket,
 * SIGTERM, SIGINT or SIGHUP, each time through the kernel's own shutdown; a second signal ends it at once.
 */
import { api } from "@weftos/api";
import type { KernelEvent } from "@weftos/interface";
import { Kernel } from "weftos";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
/** The exit code that shells give a process ended by a signal is 128 and its number; here the least telling one. */
const EXIT_FORCED = 130;
const MAX_NOTICES = 8;

/** What the daemon is told, and what it tells. */
export interface DaemonInit {
  readonly dir: string;
  /** Agents that the last kernel left behind, by globs of their names, that are left out. */
  readonly without: readonly string[];
  /** Called with each line of the boot log and the event ring. */
  readonly onEvent: (event: KernelEvent) => void;
  /** Called once the socket is open and the kernel runs. */
  readonly onReady: (facts: {
    readonly socket: string | undefined;
    /** Name of the environment in force. */
    readonly environment: string;
    readonly bootMs: number;
    /** What the start warned of, a sentence each: the newest. */
    readonly notices: readonly string[];
  }) => void;
}

/**
 * Runs a daemon to its end.
 *
 * @returns whether every feature stopped by itself and in time
 * @throws the errors of `Kernel.boot`
 */
export async function runDaemon({ dir, without, onEvent, onReady }: DaemonInit): Promise<boolean> {
  // A boot is not broken off halfway: what is asked during it is done after it.
  let stopNow = (): void => {};
  let asked = false;
  const onSignal = (): void => {
    if (asked) process.exit(EXIT_FORCED);
    asked = true;
    stopNow();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    let markHalted = (): void => {};
    const halted = new Promise<void>((resolve) => {
      markHalted = resolve;
    });
    const kernel = await Kernel.boot({
      dir,
      features: [api()],
      config: without.length === 0 ? true : { values: { process: { withoutAgents: without } } },
      // An inline agent that forgets to handle a promise or an error must not take the others along.
      surviveUnhandled: true,
      onEvent,
      onStateChanged: ({ to }) => {
        if (to === "halted") markHalted();
      },
    });
    const shutdown = (): void => {
      // A failed shutdown is in the log; the daemon ends all the same.
      kernel.shutdown().catch(markHalted);
    };
    stopNow = shutdown;
    const notices = kernel.logs.since(0, { level: "warn", limit: MAX_NOTICES }).map(({ message }) => message);
    onReady({ socket: kernel.api.socket, environment: kernel.environment, bootMs: kernel.uptimeMs, notices });
    if (asked) shutdown();
    await halted;
    return (await kernel.shutdown()).clean;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}
