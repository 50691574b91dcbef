/** What agents do wrong in a worker: the input says which. */
import { parentPort } from "node:worker_threads";
import { defineAgent } from "@weftos/interface";

const forever = (): Promise<void> => new Promise(() => setInterval(() => undefined, 1000));
const acts: Record<string, () => Promise<void>> = {
  async loop() {
    for (;;);
  },
  async rejection() {
    void Promise.reject(new Error("nobody handles this"));
    await forever();
  },
  async memory() {
    const held: number[][] = [];
    for (;;) held.push(new Array(100_000).fill(held.length));
  },
  async exit() {
    process.exit(7);
  },
  async junk() {
    parentPort?.postMessage({ type: "call", id: 1, call: { method: "becomeRoot" } });
    await forever();
  },
  async credit() {
    parentPort?.postMessage({ type: "credit", count: 1 });
    await forever();
  },
  async flood() {
    const call = { method: "callTool", name: "never", input: null };
    for (let id = 1; id <= 1100; id += 1) parentPort?.postMessage({ type: "call", id, call });
    await forever();
  },
  async timers() {
    setInterval(() => undefined, 1000);
  },
};

const hostile = defineAgent({
  name: "hostile",
  async run(agent) {
    await acts[String(agent.input)]?.();
  },
});

export default hostile;
