/**
 * What runs in a child process: takes its start from the channel, loads the agent's module and runs it with a context
 * over the channel. Without its kernel it ends at once.
 */
import { Socket } from "node:net";
import process from "node:process";
import { packError } from "./backends/carried-error.ts";
import { FrameChannel } from "./backends/frame-channel.ts";
import { runAgent } from "./backends/run-agent.ts";
import { WorkerClient } from "./backends/worker-client.ts";
import type { FromWorker, ToWorker } from "./backends/worker-protocol.ts";

const CHANNEL = 3;
let client: WorkerClient | undefined;

const post = (message: FromWorker): void => channel.post(message);
const channel: FrameChannel = new FrameChannel(
  new Socket({ fd: CHANNEL, readable: true, writable: true }),
  { maxBytes: Number.POSITIVE_INFINITY, counts: "sent" },
  {
    // The kernel of this very package started this process, and is trusted.
    message: (message) => take(message as ToWorker),
    broken: () => end(),
    closed: () => end(),
  },
);

// What was said in the turn that ends the process is written.
process.once("exit", () => channel.flush());

/** No `exit`: what an agent does there would keep it alive without its kernel. */
function end(): void {
  process.kill(process.pid, "SIGKILL");
}

function take(message: ToWorker): void {
  if (message.type !== "start") {
    client?.receive(message);
    return;
  }
  const { start } = message;
  client = new WorkerClient(start, post, () => {
    const { user, system } = process.cpuUsage();
    return { cpuMs: (user + system) / 1000, memoryBytes: process.memoryUsage.rss() };
  });
  const failed = (error: unknown): void => post({ type: "done", crash: packError(error) });
  process.on("uncaughtException", failed);
  runAgent(start.module, client, post).catch(failed);
}
