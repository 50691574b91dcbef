/**
 * Keeps an agent's code from changing flags of the engine while it runs: some of them write files, of any name, past the permission
 * model. Runs in a child before any code of the agent. What was set at its start stays.
 */
import { syncBuiltinESMExports } from "node:module";
import v8 from "node:v8";

/** What Node's own refusals are called. */
class FlagsRefusedError extends Error {
  readonly code = "ERR_ACCESS_DENIED";
}

/** Refuses changes from now on. */
export function keepEngineFlags(): void {
  Object.defineProperty(v8, "setFlagsFromString", {
    value: () => {
      throw new FlagsRefusedError("an agent in a process of its own may not change flags of the engine");
    },
    enumerable: true,
  });
  syncBuiltinESMExports();
}
