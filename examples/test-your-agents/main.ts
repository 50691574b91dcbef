// A test kernel: everything in memory, time under your hand, the chain as evidence. In a real test the last lines are
// assertions of your test runner.
import { expectChain, testKernel } from "@weftos/testkit/kernel";
import { defineAgent } from "weftos";

const reminder = defineAgent({
  name: "reminder",
  async run(agent) {
    const message = await agent.inbox.receive();
    if (message !== undefined) await agent.reply(message, "remembered");
  },
});

const { kernel, clock } = await testKernel({ seed: 7 });
const { pid, exited } = await kernel.process.spawn(reminder);
const answer = kernel.ipc.request(pid, "buy milk", { timeoutMs: 1000 });
console.log("answered:", (await answer).payload, "- and it ended:", (await exited).kind);

const late = kernel.ipc
  .request(pid, "again", { timeoutMs: 1000 })
  .catch((error: Error & { code?: string }) => error.code);
await clock.advance(1000);
console.log("a request to the dead gives", await late, "without waiting a second");
await expectChain(kernel).toContain("agent.spawn");
await kernel.shutdown();
