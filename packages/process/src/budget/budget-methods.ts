/** The methods on budgets. */
import { type BudgetAccount, type JsonValue, type Method, toPid } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { actingOf } from "../acting.ts";
import type { ProcessService } from "../process-service.ts";
import { amountsSchema } from "../spawn-options.ts";

/** Makes the methods `budget.tree` and `budget.grant`. */
export function budgetMethods(service: ProcessService): readonly Method[] {
  return [
    defineMethod({
      name: "budget.tree",
      description: "Lists what agents may spend, have spent, have set aside and have left, the kernel first",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => ({ accounts: service.budgets.list().map((account) => rowOf(service, account)) }),
    }),
    defineMethod({
      name: "budget.grant",
      description: "Gives an agent more to spend, out of its parent's budget",
      role: "operator",
      mutates: true,
      input: z.strictObject({ pid: z.int().check(z.minimum(0)), amounts: amountsSchema }),
      run: async ({ pid, amounts }, caller) =>
        rowOf(service, await service.budgets.grant(toPid(pid), amounts, actingOf(caller))),
    }),
  ];
}

function rowOf(service: ProcessService, account: BudgetAccount): { readonly [key: string]: JsonValue } {
  const { id, parent, owner, grant, spent, held, lent } = account;
  const plain = (amounts: object): JsonValue => JSON.parse(JSON.stringify(amounts)) as JsonValue;
  return {
    id,
    parent: parent ?? null,
    owner,
    grant: plain(grant),
    spent: plain(spent),
    held: plain(held),
    lent: plain(lent),
    remaining: plain(service.budgets.remaining(id)),
  };
}
