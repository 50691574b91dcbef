/** Tells what it kept, and keeps something. */
import { defineAgent, toPid } from "@weftos/interface";

export default defineAgent({
  name: "remembers",
  async run(agent) {
    await agent.send(toPid(0), (await agent.state.get("count")) ?? null);
    await agent.state.set("count", 1);
  },
});
