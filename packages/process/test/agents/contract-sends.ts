/** Sends its input to the kernel and returns. */
import { defineAgent, toPid } from "@weftos/interface";

export default defineAgent({
  name: "sends",
  async run(agent) {
    await agent.send(toPid(0), agent.input);
  },
});
