/**
 * Boots a kernel on a state directory for the time of one command, for what can be answered while no daemon runs: an approval
 * given after the program that asked has ended. The directory is locked meanwhile, so a live kernel is never bypassed.
 */
import type { JsonObject, JsonValue } from "@weftos/interface";
import { Kernel } from "weftos";

/** Calls a method of the kernel, as the owner of the directory. */
export type BootedCall = (
  method: string,
  params: JsonObject,
  onWarnings?: (warnings: readonly string[]) => void,
) => Promise<JsonValue>;

/**
 * Uses a kernel that lives only for this.
 *
 * @throws `KERNEL_LOCKED` and the other errors of a boot, and those of `use`
 */
export async function withBooted<T>(dir: string, use: (call: BootedCall) => Promise<T>): Promise<T> {
  // Jobs that are due, and agents to start again, are for a kernel that stays.
  const kernel = await Kernel.boot({ dir, config: true, takeUpWork: false });
  try {
    return await use((method, params, onWarnings) => {
      // Who can read the directory's keys is its owner, as on the socket.
      const { principals } = kernel.governance;
      const gone = principals.list().some((one) => one.owner) && principals.owner() === undefined;
      const { name, role } = principals.owner() ?? { name: "owner", role: gone ? "viewer" : "admin" };
      const signal = new AbortController().signal;
      const subject = { kind: "principal", id: name, role } as const;
      return kernel.methods.call(method, params, { subject, role, signal, onWarnings });
    });
  } finally {
    await kernel.shutdown();
  }
}
