/** Reads its inbox to the end. */
import { defineAgent } from "@weftos/interface";

export default defineAgent({
  name: "waits",
  async run(agent) {
    for await (const message of agent.inbox) await agent.reply(message, null);
  },
});
