/** Sends what it gets to the kernel, until its inbox ends. */
import { defineAgent, toPid } from "@weftos/interface";

export default defineAgent({
  name: "echoes",
  async run(agent) {
    for await (const { payload } of agent.inbox) await agent.send(toPid(0), payload);
  },
});
