// Answers each request with what it was asked: in a worker thread.
import { defineAgent } from "weftos";

// biome-ignore lint/style/noDefaultExport: a worker starts the default export of its module.
export default defineAgent({
  name: "echo",
  async run(agent) {
    for await (const message of agent.inbox) void agent.reply(message, message.payload);
  },
});
