// A function of yours under the guard: refused to who may not, asked of a person, run once, recorded.
import { governance, makePolicy } from "@weftos/governance";
import { z } from "@weftos/schema";
import { defineAction, defineAgent, isWeftError, Kernel } from "weftos";

const refunds: string[] = [];
const refund = defineAction({
  name: "billing.refund",
  description: "Pay an order back",
  input: z.object({ order: z.string(), cents: z.int() }),
  effect: { risk: 0.4 },
  audit: "durable",
  resource: ({ order }) => `order:${order}`,
  attributes: ({ cents }) => ({ cents }),
  display: ({ order, cents }) => `Pay ${(cents / 100).toFixed(2)} back for order ${order}`,
  run: ({ order }) => {
    refunds.push(order);
    return { paid: true };
  },
});

const askAPerson = governance({
  policies: [
    makePolicy([
      {
        id: "SHOP-001",
        description: "a person decides on refunds over 1.00",
        branch: "executive",
        severity: "blocking",
        condition: { actions: ["billing.refund"], attributes: { cents: { over: 100 } } },
        outcome: { kind: "defer", to: "approver" },
      },
    ]),
  ],
});

const kernel = await Kernel.boot({ actions: [refund], features: [askAPerson] });
const idle = defineAgent({ name: "clerk", run: async (agent) => void (await agent.inbox.receive()) });
const clerk = await kernel.process.spawn(idle, { capabilities: { tools: { allow: ["billing.refund"] } } });
const visitor = await kernel.process.spawn(idle);

const refused = await kernel
  .perform(refund, { order: "7", cents: 500 }, { as: visitor })
  .catch((error: unknown) => error);
console.log("the visitor is refused:", isWeftError(refused) ? refused.code : refused);

const waiting = kernel.perform(refund, { order: "7", cents: 500 }, { as: clerk, onDefer: "wait" });
const question = await nextQuestion();
console.log("a person is asked:", question.display);
await kernel.governance.approvals.approve(question.id, { principal: "ann", role: "approver" });
console.log("the clerk's refund ran:", await waiting, refunds);
if (refunds.join() !== "7" || !isWeftError(refused, "CAPABILITY_DENIED")) process.exitCode = 1;
await kernel.shutdown();

/** A person would see it in `weaver approvals list`. */
async function nextQuestion() {
  for (;;) {
    const [pending] = kernel.governance.approvals.list({ state: "pending" });
    if (pending !== undefined) return pending;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
