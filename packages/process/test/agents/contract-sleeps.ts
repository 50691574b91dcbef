/** Sleeps, tells the kernel, and sleeps again. */
import { defineAgent, toPid } from "@weftos/interface";

export default defineAgent({
  name: "sleeps",
  async run(agent) {
    await agent.sleep(50);
    await agent.send(toPid(0), "slept");
    await agent.sleep(60);
  },
});
