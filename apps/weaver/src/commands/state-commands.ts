/** The commands on what agents keep from one start to the next. */

import { compact } from "../arguments/json-params.ts";
import { numberOption } from "../arguments/values.ts";
import type { Command } from "./command.ts";

const MAX_LISTED = 1000;

export const stateCommands: readonly Command[] = [
  {
    name: "agent states",
    summary: "list the agents that keep something from one start to the next",
    options: {
      count: { value: "<n>", short: "n", description: `how many at most, 1 to ${MAX_LISTED} (default: 100)` },
    },
    examples: [["agent states", "each behind the agents that started it: chief/clerk"]],
    method: "agent.states",
    params: (_words, values) => compact({ limit: numberOption(values, "count", 1, MAX_LISTED) }),
    view: () => import("../view/agent-states.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "agent forget",
    summary: "remove all that an agent kept; none of its processes may live",
    arguments: [{ name: "agent", description: "its name as `agent states` shows it: clerk, or chief/clerk" }],
    options: { yes: { description: "do not ask whether it is meant" } },
    examples: [["agent forget chief/clerk --yes", "of the clerk that the chief starts"]],
    method: "agent.forget",
    params: ([agent = ""]) => ({ agents: agent.split("/") }),
    confirm: ([agent = ""]) => `all that ${agent} kept is removed for good`,
    view: () => import("../view/agent-forgotten.ts"),
    withoutDaemon: "refuse",
  },
];
