// An agent that waits for messages. It tells its process, so that a benchmark can kill it.
// biome-ignore lint/style/noDefaultExport: an agent is its module's default export
export default {
  kind: "agent",
  name: "idle",
  messages: undefined,
  async run(agent) {
    for await (const message of agent.inbox) await agent.reply(message, process.pid);
  },
};
