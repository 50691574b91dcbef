/**
 * Keeps an agent's code from changing flags of the engine while it runs: some of them write files, of any name, past the permission
 * model. Runs in a child before any code of the agent. What was set at its start stays.
 */
import { syncBuiltinESMExports } from "node:module";
import v8 from "node:v8";

/** Refuses changes from now on. */
export function keepEngineFlags(): void {
  Object.defineProperty(v8, "setFlagsFromString", {
    value: () => {
      const refused = new Error("an agent in a process of its own may not change flags of the engine");
      // As Node's own refusals are called.
      throw Object.assign(refused, { code: "ERR_ACCESS_DENIED" });
    },
    enumerable: true,
  });
  syncBuiltinESMExports();
}
