// Prints the median of the milliseconds that a crashed inline agent takes to run again, beyond its backoff. The rival is the timer:
// how much later than asked Node calls back after the same wait.
import { setTimeout as wait } from "node:timers/promises";
import { defineAgent, Kernel } from "weftos";
import { median } from "../benchmark.ts";

const ROUNDS = 200;
const kernel = await Kernel.boot({ logLevels: "error" });
let crash: () => void = () => undefined;
let entered: (() => void) | undefined;
const frail = defineAgent({
  name: "frail",
  run: () =>
    new Promise<void>((_, reject) => {
      crash = () => reject(new Error("planned"));
      entered?.();
    }),
});
let waited = 0;
kernel.process.events.on("process:restarted", ({ backoffMs }) => {
  waited = backoffMs;
});
await kernel.process.spawn(frail, {
  restart: { type: "transient", maxRestarts: 10_000, backoffMs: 4, maxBackoffMs: 4 },
});
const beyond: number[] = [];
const late: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const again = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const started = performance.now();
  crash();
  await again;
  const took = performance.now() - started;
  // The wait is told once the restart is through.
  await wait(1);
  beyond.push(took - waited);
  const asked = performance.now();
  await wait(4);
  late.push(performance.now() - asked - 4);
}
await kernel.shutdown();
console.log(JSON.stringify({ beyondMs: median(beyond), timerMs: median(late) }));
