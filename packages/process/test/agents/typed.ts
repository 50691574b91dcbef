/** Accepts objects with a whole number `n`, and answers the double. */
import { defineAgent } from "@weftos/interface";
import { z } from "@weftos/schema";

const typed = defineAgent({
  name: "typed",
  messages: z.strictObject({ n: z.int() }),
  async run(agent) {
    for await (const message of agent.inbox) {
      if (typeof message.payload.n !== "number") throw new Error("what does not fit came through");
      await agent.reply(message, message.payload.n * 2);
    }
  },
});

export default typed;
