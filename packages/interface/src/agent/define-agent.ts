import type { Payload } from "../ipc/message.ts";
import type { Schema } from "../schema/schema.ts";
import type { AgentContext, AgentDefinition } from "./agent-context.ts";

/**
 * Defines an agent. For the worker backend, make it the default export of a module and spawn the module's URL.
 *
 * @param init - `name`: 1 to 128 characters without `/` and control characters, and not `kernel`; `messages`: schema of what it accepts, which also types requests to it;
 *   `run`: returns to exit normally, throws to crash
 *
 * @example
 * ```ts no-run
 * const echo = defineAgent({
 *   name: "echo",
 *   async run(agent) {
 *     for await (const message of agent.inbox) await agent.reply(message, message.payload);
 *   },
 * });
 * ```
 */
export function defineAgent<Messages = Payload>(init: {
  readonly name: string;
  readonly messages?: Schema<unknown, Messages> | Schema<Messages, Messages> | undefined;
  readonly run: (agent: AgentContext<Messages>) => Promise<void>;
}): AgentDefinition<Messages> {
  return {
    kind: "agent",
    name: init.name,
    messages: init.messages as Schema<unknown, Messages> | undefined,
    run: init.run,
  };
}
