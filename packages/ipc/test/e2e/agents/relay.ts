// Sends each message on to a topic, and acknowledges what asks for it: in a worker.
import { defineAgent } from "@weftos/interface";

// biome-ignore lint/style/noDefaultExport: a worker starts the default export of its module.
export default defineAgent({
  name: "relay",
  async run(agent) {
    await agent.subscribe("in.*");
    for await (const message of agent.inbox) {
      await agent.publish("out", { payload: message.payload as never, attempt: message.attempt ?? 0 });
      if (message.deadline !== undefined) await agent.reply(message, message.payload);
      await agent.acknowledge(message);
    }
  },
});
