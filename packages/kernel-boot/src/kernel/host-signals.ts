/** Shuts a kernel down when the host's process is asked to end. Installed only on request, removed with the shutdown. */
import type { Platform } from "@weftos/interface";
import { KernelOptionError } from "./kernel-errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** @throws `KERNEL_OPTION_INVALID` for an option that needs a process of the system, on a platform without */
export function checkHost(option: "signals" | "surviveUnhandled", platform: Pick<Platform, "name">): void {
  if (platform.name !== "browser" && typeof process !== "undefined") return;
  throw new KernelOptionError(`expected \`${option}\` on a platform that has processes, got the browser`, {
    details: { option },
  });
}

/**
 * Installs handlers for SIGINT and SIGTERM. After the shutdown the signal is raised again without them, so that the process
 * ends as its parent expects; a second signal during the shutdown ends it at once.
 *
 * @returns a function that removes the handlers
 */
export function onHostSignals(shutdown: () => Promise<unknown>): () => void {
  const remove = (): void => {
    for (const signal of SIGNALS) process.off(signal, handle);
  };
  const handle = (signal: NodeJS.Signals): void => {
    remove();
    const end = (): void => {
      process.kill(process.pid, signal);
    };
    shutdown().then(end, end);
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return remove;
}
