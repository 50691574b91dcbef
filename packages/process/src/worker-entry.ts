/** What runs first in a worker thread: loads the agent's module and runs it with a context over the port. */
import { getHeapStatistics } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { runAgent } from "./backends/run-agent.ts";
import { WorkerClient } from "./backends/worker-client.ts";
import type { FromWorker, ToWorker, WorkerStart } from "./backends/worker-protocol.ts";

const port = parentPort;
if (port === null) throw new Error("this module runs in a worker thread only");
const post = (message: FromWorker): void => port.postMessage(message);
// The kernel of this very package started this thread, and is trusted.
const start = workerData as WorkerStart;
const client = new WorkerClient(start, post, () => {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return { cpuMs: undefined, memoryBytes: used_heap_size + external_memory };
});
port.on("message", (message: ToWorker) => client.receive(message));
await runAgent(start.module, client, post);
