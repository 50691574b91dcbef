/** Acknowledges whatever must be, and tells on the program's output what it took, what it will acknowledge, and what it has. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { defineAgent, type Message } from "@weftos/interface";

// biome-ignore lint/style/noDefaultExport: a kernel starts the default export of its module.
export default defineAgent({
  name: "keeper",
  async run(agent) {
    await agent.subscribe("orders.>", { durable: { name: "orders" } });
    const settle = async (message: Message): Promise<void> => {
      // Some are held for a while, so that a kill finds them taken and not acknowledged.
      if (Number(message.payload) % 3 === 0) await nextTurn();
      process.stdout.write(`settling ${message.payload}\n`);
      await agent.acknowledge(message);
      process.stdout.write(`acknowledged ${message.payload}\n`);
    };
    for await (const message of agent.inbox) {
      process.stdout.write(`took ${message.payload}\n`);
      // Positions are acknowledged in their order; reliable messages each for itself.
      if (message.position !== undefined) await settle(message);
      else void settle(message);
    }
  },
});
