import type { Payload } from "../ipc/message.ts";
import type { Schema } from "../schema/schema.ts";
import type { AgentContext } from "./agent-context.ts";

/** An agent's code with its name. The same definition runs on every backend. */
export interface AgentDefinition<Messages = Payload> {
  readonly kind: "agent";
  readonly name: string;
  /** What it accepts; other messages never reach `run`, and other requests reject with `IPC_PAYLOAD_INVALID`. */
  readonly messages: Schema<unknown, Messages> | undefined;
  readonly run: (agent: AgentContext<Messages>) => Promise<void>;
}

/**
 * Defines an agent. For the worker backend, make it the default export of a module and spawn the module's URL.
 *
 * @param init - `name`: 1 to 128 characters; `messages`: schema of what it accepts, which also types requests to it;
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
  return { kind: "agent", name: init.name, messages: init.messages as Schema<unknown, Messages> | undefined, run: init.run };
}
