/** Agents that harm whoever shares their thread: the last part of the module's URL says which. */
import { type AgentContext, defineAgent } from "@weftos/interface";

const forever = (): Promise<void> => new Promise(() => setInterval(() => undefined, 1000));
const acts: Record<string, (agent: AgentContext) => Promise<void>> = {
  async prints(agent) {
    process.stdout.write("to standard output\n");
    process.stderr.write("to standard error\n");
    for await (const _ of agent.inbox);
  },
  async rejects() {
    void Promise.reject(new Error("unhandled"));
    await forever();
  },
  async loops() {
    for (;;);
  },
  async bombs() {
    const held: number[][] = [];
    for (;;) held.push(new Array(100_000).fill(held.length));
  },
  async exits() {
    process.exit(7);
  },
};

export default defineAgent({
  name: "apart",
  async run(agent) {
    await acts[new URL(import.meta.url).hash.slice(1)]?.(agent);
  },
});
