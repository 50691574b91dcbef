/** Takes so many messages, and then crashes as its input says. */
import { defineAgent } from "@weftos/interface";

const takesSome = defineAgent({
  name: "takes-some",
  async run(agent) {
    const { take, end } = agent.input as { readonly take: number; readonly end: "throw" | "wait" };
    for (let taken = 0; taken < take; taken += 1) await agent.inbox.receive();
    if (end === "throw") throw new Error("enough");
    await new Promise<void>((resolve) => agent.signal.addEventListener("abort", () => resolve(), { once: true }));
  },
});

export default takesSome;
