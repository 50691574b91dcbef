/**
 * A kernel that may die of its agents, and so is a program of its own: starts in a worker, one after the other, the memory bombs that its
 * arguments name, and tells of each in a line of JSON how it ended and whether the kernel is well.
 */
import type { Pid } from "@weftos/interface";
import { harness } from "../harness.ts";

const kernel = await harness({ init: { workerMemoryMb: 48, hungKillMs: 86_400_000 } });
const healthy = await kernel.process.spawn(new URL("./scripted.ts", import.meta.url), { input: { do: "echo" } });
for (const way of process.argv.slice(2)) {
  const bomb = await kernel.process.spawn(new URL("./memory-bombs.ts", import.meta.url), {
    backend: "worker",
    input: way,
  });
  let isOver = false;
  const exited = bomb.exited.finally(() => {
    isOver = true;
  });
  // The kernel's clock stands still unless it is moved.
  while (!isOver) await kernel.platform.clock.advance(50);
  const answer = await kernel.router.request(0 as Pid, healthy.pid as Pid, way);
  process.stdout.write(`${JSON.stringify({ way, exit: await exited, isHealthy: answer.payload === way })}\n`);
}
await kernel.shutdown();
