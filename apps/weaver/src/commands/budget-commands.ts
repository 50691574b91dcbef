/** The commands on budgets. */
import { grantOf } from "../arguments/amount-values.ts";
import { wholeNumber } from "../arguments/values.ts";
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
      { name: "pid", description: "PID of a process with a budget of its own" },
      { name: "amount", description: "such as tokens=1000,money=0.50" },
    ],
    examples: [["budget grant 12 tokens=10000,money=2.50", "on top of what it has; it goes on if it waits for it"]],
    method: "budget.grant",
    params: ([pid = "", amount = ""]) => ({
      pid: wholeNumber("<pid>", pid, 1, Number.MAX_SAFE_INTEGER),
      amounts: grantOf(amount.split(",")),
    }),
    view: () => import("../view/budget-account.ts"),
    withoutDaemon: "refuse",
  },
];
