/** Tells its process in a log line; then waits, or with the input `loop` never gives way again. */
import { defineAgent } from "@weftos/interface";

export default defineAgent({
  name: "stubborn",
  async run(agent) {
    agent.log.info("my process", { id: process.pid });
    if (agent.input === "loop") for (;;);
    for await (const message of agent.inbox) await agent.reply(message, "here");
  },
});
