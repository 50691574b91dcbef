// A kernel inside a program: booted with a directory, used, verified, shut down.
import { defineAgent, Kernel } from "weftos";

const kernel = await Kernel.boot({ dir: ".weftos" });
const echo = defineAgent({
  name: "echo",
  async run(agent) {
    for await (const message of agent.inbox) await agent.reply(message, message.payload);
  },
});
const { pid } = await kernel.process.spawn(echo);
const answer = await kernel.ipc.request(pid, { text: "hello" }, { timeoutMs: 500 });
console.log("the agent answers", answer.payload);

const { valid, assurance, events, head } = await kernel.exochain.verify();
console.log(
  `the chain of ${events} events is ${valid ? "valid" : "broken"} (${assurance}), head ${head.slice(0, 16)}…`,
);
if (!valid) process.exitCode = 1;
await kernel.shutdown();
