// The agent in a worker thread, supervised: it crashes, and is started again under a new PID.
import { isWeftError, Kernel, type MessagesOf } from "weftos";
import type counter from "./word-counter.ts";

const kernel = await Kernel.boot();
const worker = await kernel.process.spawn<MessagesOf<typeof counter>>(new URL("./word-counter.ts", import.meta.url), {
  backend: "worker",
  restart: { type: "permanent", backoffMs: 10 },
  capabilities: { ipcScope: { kind: "none" } },
});
const first = worker.pid;
const answer = await kernel.ipc.request(worker, { text: "to be or not to be" });
console.log(`process ${first} counted`, answer.payload);

const restarted = new Promise<void>((resolve) => {
  kernel.process.events.on("process:restarted", () => resolve());
});
const lost = await kernel.ipc.request(worker, { text: "crash" }).catch((error: unknown) => error);
console.log("the request fails with", isWeftError(lost) ? lost.code : lost);
await restarted;
const again = await kernel.ipc.request(worker, { text: "three more words" });
console.log(`process ${worker.pid}, the same agent, counted`, again.payload);
if (worker.pid === first) process.exitCode = 1;
await kernel.shutdown();
