/** The commands on budgets. */
import { agentArgument, agentWord } from "../arguments/agent-word.ts";
import { grantOf } from "../arguments/amount-values.ts";
import type { Command } from "./command.ts";

export const budgetCommands: readonly Command[] = [
  {
    name: "budget tree",
    summary: "show what agents may spend, have spent and have left",
    examples: [
      ["budget tree", "each budget below the one that it was taken from"],
      ["budget tree --json", "for programs; money in millionths"],
    ],
    method: "budget.tree",
    view: () => import("../view/budget-tree.ts"),
    withoutDaemon: "refuse",
  },
  {
    name: "budget grant",
    summary: "give an agent more to spend, out of its parent's budget",
    arguments: [
      agentArgument,
      { name: "amount", description: "of units of its own budget: tokens=1000,money=0.50,tools=5,messages=9,cpu=10s" },
    ],
    examples: [
      ["budget grant 12 tokens=10000,money=2.50", "on top of what it has; it goes on if it waits for it"],
      ["budget grant clerk tools=10", "to the one live agent of that name"],
    ],
    method: "budget.grant",
    params: ([agent, amount = ""]) => ({ pid: agentWord(agent), amounts: grantOf(amount.split(",")) }),
    prepare: () => import("../kernel-access/find-agent.ts"),
    view: () => import("../view/budget-account.ts"),
    withoutDaemon: "refuse",
  },
];
