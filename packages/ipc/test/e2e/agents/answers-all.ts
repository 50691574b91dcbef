// Replies twice to whatever it gets, by a failure first where it is told so, and publishes what became of each: on every backend.
import { defineAgent, isWeftError, WeftError } from "@weftos/interface";

class DeclinedError extends WeftError {
  override readonly code = "TEST_DECLINED";
}

// biome-ignore lint/style/noDefaultExport: a kernel starts the default export of its module.
export default defineAgent({
  name: "answers-all",
  async run(agent) {
    for await (const message of agent.inbox) {
      const first =
        message.payload === "decline"
          ? await agent.replyError(message, new DeclinedError("declined", { details: {} }))
          : await agent.reply(message, message.payload);
      const second = await agent.reply(message, "again");
      const noMessage = await agent.reply({} as never, "x").catch((error: unknown) => isWeftError(error));
      await agent.acknowledge(message).catch(() => undefined);
      await agent.publish("became", [first.status, second.status, noMessage as boolean], { trace: null });
    }
  },
});
