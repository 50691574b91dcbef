/** What runs first in a worker thread: loads the agent's module and runs it with a context over the port. */
import { parentPort, workerData } from "node:worker_threads";
import { contextFor } from "./agent/checked-inbox.ts";
import { loadAgent } from "./agent/load-agent.ts";
import { packError } from "./backends/carried-error.ts";
import { WorkerClient } from "./backends/worker-client.ts";
import type { CarriedError, FromWorker, ToWorker, WorkerStart } from "./backends/worker-protocol.ts";

const port = parentPort;
if (port === null) throw new Error("this module runs in a worker thread only");
const post = (message: FromWorker): void => port.postMessage(message);
// The kernel of this very package started this thread, and is trusted.
const start = workerData as WorkerStart;
const client = new WorkerClient(start, post);
port.on("message", (message: ToWorker) => client.receive(message));

const definition = await loadAgent(start.module).catch((error: unknown) => {
  post({ type: "load-failed", error: packError(error) });
});
if (definition !== undefined) {
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
