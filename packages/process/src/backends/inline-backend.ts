/**
 * Runs agents in the kernel's own thread. A crash is caught. Code that runs here cannot be interrupted: `kill` ends its
 * context, so that it can do nothing more in the kernel's name, and abandons it; an endless loop stops the whole kernel.
 * Use the worker backend for code that must be ended from outside.
 */
import type { BackendStart, ExitReason, RunningAgent, SpawnBackend } from "@weftos/interface";
import { contextFor } from "../agent/checked-inbox.ts";
import { crashOf } from "../agent/exit-reason.ts";
import { loadAgent } from "../agent/load-agent.ts";

export class InlineBackend implements SpawnBackend {
  readonly name = "inline";
  readonly confines: readonly string[] = [];

  async start({ source, context }: BackendStart): Promise<RunningAgent> {
    const definition = source instanceof URL ? await loadAgent(source.href) : source;
    let kill: () => void = () => undefined;
    const killed = new Promise<ExitReason>((resolve) => {
      kill = () => resolve({ kind: "killed" });
    });
    const finished = run(async () => await definition.run(contextFor(definition, context)), context);
    return {
      exited: Promise.race([finished, killed]),
      kill: async () => kill(),
    };
  }
}

/** Never rejects. A stop that ends in the stop's own abort error is a normal end. */
async function run(body: () => Promise<void>, context: BackendStart["context"]): Promise<ExitReason> {
  try {
    await body();
    return { kind: "normal" };
  } catch (error) {
    const { signal } = context;
    if (signal.aborted && error === signal.reason) return { kind: "normal" };
    return crashOf(error);
  }
}
