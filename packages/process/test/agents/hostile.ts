/** What agents do wrong in a worker: the input says which. */
import { parentPort } from "node:worker_threads";
import { type AgentContext, defineAgent, isWeftError, type Payload, type Pid } from "@weftos/interface";

const forever = (): Promise<void> => new Promise(() => setInterval(() => undefined, 1000));
const acts: Record<string, (agent: AgentContext<Payload>) => Promise<void>> = {
  async loop() {
    for (;;);
  },
  async rejection() {
    void Promise.reject(new Error("nobody handles this"));
    await forever();
  },
  async exit() {
    process.exit(7);
  },
  async junk() {
    parentPort?.postMessage({ type: "become-root" });
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
  async slip(agent) {
    const refused: unknown = await agent.send(-1 as Pid<Payload>, "x").catch((error: unknown) => error);
    if (!isWeftError(refused, "PROCESS_INPUT_INVALID")) throw new Error(`not refused: ${String(refused)}`);
  },
  async timers() {
    setInterval(() => undefined, 1000);
  },
};

const hostile = defineAgent({
  name: "hostile",
  async run(agent) {
    await acts[String(agent.input)]?.(agent);
  },
});

export default hostile;
