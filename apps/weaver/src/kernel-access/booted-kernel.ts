/**
 * Boots a kernel on a state directory for the time of one call, for what can be answered while no daemon runs: an approval
 * given after the program that asked has ended. The directory is locked meanwhile, so a live kernel is never bypassed.
 */
import type { JsonValue } from "@weftos/interface";
import { Kernel } from "weftos";

/**
 * Calls a method of a kernel that lives only for this call.
 *
 * @throws `KERNEL_LOCKED` and the other errors of a boot, and those of the method
 */
export async function callBooted(dir: string, method: string, params: JsonValue): Promise<JsonValue> {
  // Jobs that are due, and agents to start again, are for a kernel that stays.
  const kernel = await Kernel.boot({ dir, config: true, takeUpWork: false });
  try {
    // Who can read the directory's keys is its owner, as on the socket.
    return await kernel.methods.call(method, params, {
      subject: { kind: "principal", id: "owner", role: "admin" },
      role: "admin",
      signal: new AbortController().signal,
    });
  } finally {
    await kernel.shutdown();
  }
}
