// How long the start of an agent takes outside the kernel's thread, beside what Node alone needs for a thread or a process, and
// how soon a kill of a process is noticed. The two take turns, so that a noisy moment hits both. Prints milliseconds, medians.
import { fork } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Kernel } from "weftos";

const STARTS = 15;
const agent = new URL("./idle-agent.mjs", import.meta.url);
const kernel = await Kernel.boot();
const figures = { worker: [], bareWorker: [], process: [], bareProcess: [], noticed: [] };

async function timed(name, start) {
  const from = performance.now();
  const started = await start();
  figures[name].push(performance.now() - from);
  return started;
}

for (let index = 0; index <= STARTS; index += 1) {
  const bareThread = await timed("bareWorker", async () => {
    const worker = new Worker(new URL("./bare-worker.mjs", import.meta.url));
    await once(worker, "message");
    return worker;
  });
  await bareThread.terminate();
  const thread = await timed("worker", () => kernel.process.spawn(agent, { backend: "worker" }));
  await kernel.process.kill(thread);
  const bareChild = await timed("bareProcess", async () => {
    const child = fork(new URL("./bare-process.mjs", import.meta.url));
    await once(child, "message");
    return child;
  });
  bareChild.kill("SIGKILL");
  await once(bareChild, "exit");
  const child = await timed("process", () => kernel.process.spawn(agent, { backend: "process" }));
  const { payload } = await kernel.ipc.request(child.pid, null);
  await timed("noticed", () => {
    process.kill(payload, "SIGKILL");
    return child.exited;
  });
}
await kernel.shutdown();

const median = (values) => values.slice(1).sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
const medians = Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, median(values)]));
process.stdout.write(JSON.stringify({ ...medians, ratio: medians.worker / medians.bareWorker }));
