/** Keeps the terms of the files that were accepted, and answers what is most frequent and where a term occurs. */
import { defineAgent, type Payload } from "@weftos/interface";
import { indexerMessage } from "./protocol.ts";
import { TermIndex } from "./term-index.ts";

export const indexer = defineAgent({
  name: "indexer",
  messages: indexerMessage,
  async run(agent) {
    const index = new TermIndex();
    for await (const message of agent.inbox) {
      const { payload } = message;
      if (payload.kind === "add") {
        index.add(payload.path, payload.terms);
        await agent.reply(message, { added: payload.terms.length });
      } else if (payload.kind === "top") {
        await agent.reply(message, index.top(payload.limit) as unknown as Payload);
      } else {
        await agent.reply(message, index.search(payload.term.toLowerCase()) as unknown as Payload);
      }
    }
  },
});
