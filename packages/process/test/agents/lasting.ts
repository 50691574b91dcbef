/** Lives until it is asked to end, and takes its messages meanwhile. */
import { defineAgent } from "@weftos/interface";

export default defineAgent({
  name: "lasting",
  async run(agent) {
    for await (const message of agent.inbox) {
      if (message.deadline !== undefined) await agent.reply(message, message.payload);
    }
  },
});
