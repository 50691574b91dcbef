// An agent as a module: the default export runs on any backend.
import { z } from "@weftos/schema";
import { defineAgent } from "weftos";

export default defineAgent({
  name: "word-counter",
  messages: z.object({ text: z.string() }),
  async run(agent) {
    for await (const message of agent.inbox) {
      if (message.payload.text === "crash") throw new Error("as you wish");
      await agent.reply(message, { words: message.payload.text.split(/\s+/).filter(Boolean).length });
    }
  },
});
