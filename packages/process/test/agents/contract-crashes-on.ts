/** Answers each message with its payload; crashes, or loops for ever, when that is what it is told. */
import { defineAgent } from "@weftos/interface";

export default defineAgent({
  name: "crashes-on",
  async run(agent) {
    for await (const message of agent.inbox) {
      if (message.payload === "crash") throw new Error("as told");
      if (message.payload === "loop") {
        // The answer is on its way before the thread is held.
        void agent.reply(message, "loops");
        for (;;);
      }
      await agent.reply(message, message.payload as string);
    }
  },
});
