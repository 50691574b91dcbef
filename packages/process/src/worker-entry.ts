/** What runs first in a worker thread: loads the agent's module and runs it with a context over the port. */
import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { runAgent } from "./backends/run-agent.ts";
import { messagesOf, ThreadChannel } from "./backends/thread-channel.ts";
import { ThreadMemory } from "./backends/thread-memory.ts";
import { WorkerClient } from "./backends/worker-client.ts";
import type { FromWorker, ThreadStart, ToWorker } from "./backends/worker-protocol.ts";

/** That a message was taken, and the first answer to it. */
const SAID_AT_ONCE = 2;

const port = parentPort;
if (port === null) throw new Error("this module runs in a worker thread only");
const channel = new ThreadChannel<FromWorker>(SAID_AT_ONCE, (posting) => port.postMessage(posting));
const post = (message: FromWorker): void => channel.post(message);
// What was said in the turn that ends the thread is heard.
process.once("exit", () => channel.flush());
// The kernel of this very package started this thread, and is trusted.
const start = workerData as ThreadStart;
const memory = new ThreadMemory(start.memoryBytes);
const client = new WorkerClient(start, post, () => ({ cpuMs: undefined, memoryBytes: memory.used() }));
port.on("message", (posting: unknown) => {
  for (const message of messagesOf(posting)) client.receive(message as ToWorker);
});
await runAgent(start.module, client, post);
