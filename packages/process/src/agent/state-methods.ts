/** The methods on what agents keep. */
import type { Guard, Method } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { actingOf, askedBy } from "../acting.ts";
import { anyName } from "../spawn-options.ts";
import type { AgentStates } from "./agent-states.ts";

const MAX_LISTED = 1000;
/** How deep agents may start each other in a name of a state. */
const MAX_DEPTH = 64;

/** Makes the methods `agent.states` and `agent.forget`. */
export function stateMethods(states: AgentStates, guard: Guard): readonly Method[] {
  return [
    defineMethod({
      name: "agent.states",
      description: "Lists the agents that keep a state, each by its name behind those of the agents that started it",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ limit: z._default(z.int().check(z.minimum(1), z.maximum(MAX_LISTED)), 100) }),
      async run({ limit }) {
        const { states: kept, more } = await states.list(limit);
        return { states: kept.map(({ agents, open }) => ({ agents: [...agents], open })), more };
      },
    }),
    defineMethod({
      name: "agent.forget",
      description: "Removes all that an agent kept as its state; none of its processes may live",
      role: "operator",
      mutates: true,
      input: z.strictObject({ agents: z.array(anyName).check(z.minLength(1), z.maxLength(MAX_DEPTH)) }),
      async run({ agents }, caller) {
        const name = agents.join("/");
        const attributes = { agent: agents.at(-1) ?? "" };
        const removed = await guard.perform(
          { action: "process.forget", ...askedBy(actingOf(caller)), resource: `agent:${name}`, attributes },
          () => states.remove(agents),
        );
        return { agents, removed };
      },
    }),
  ];
}
