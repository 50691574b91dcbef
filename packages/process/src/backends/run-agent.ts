/** Runs an agent's module beside its kernel: what a worker thread and a child process do alike once they can talk. */
import { contextFor } from "../agent/checked-inbox.ts";
import { loadAgent } from "../agent/load-agent.ts";
import { packError } from "./carried-error.ts";
import type { WorkerClient } from "./worker-client.ts";
import type { CarriedError, FromWorker } from "./worker-protocol.ts";

/** Loads the module and runs it; all that becomes of it is posted. */
export async function runAgent(
  module: string,
  client: WorkerClient,
  post: (message: FromWorker) => void,
): Promise<void> {
  const definition = await loadAgent(module).catch((error: unknown) => {
    post({ type: "load-failed", error: packError(error) });
  });
  if (definition === undefined) return;
  post({ type: "entered" });
  let crash: CarriedError | null = null;
  try {
    await definition.run(contextFor(definition, client));
  } catch (error) {
    const { signal } = client;
    if (!signal.aborted || error !== signal.reason) crash = packError(error);
  }
  client.inbox.settle();
  post({ type: "done", crash });
}
