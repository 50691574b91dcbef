/** An agent that asks for more than it was given, under the laws that a kernel has by itself. */
import { defineAgent, isWeftError, type JsonObject } from "@weftos/interface";
import { expectChain, testKernel } from "@weftos/testkit/kernel";
import { expect, it } from "vitest";

const climber = defineAgent({
  name: "climber",
  async run(agent) {
    for await (const message of agent.inbox) {
      const { approval } = message.payload as { readonly approval?: string };
      try {
        const { until } = await agent.elevate({ canNetwork: true }, { forMs: 5000, reason: "to call home", approval });
        await agent.reply(message, { until });
      } catch (error) {
        const { code, details } = error as { readonly code: string; readonly details: JsonObject };
        await agent.reply(message, {
          code,
          approval: isWeftError(error, "APPROVAL_PENDING") ? (details.approval ?? "") : "",
        });
      }
    }
  },
});

it.each(["development", "staging"])("gets nothing in %s where no rule permits it", async (environment) => {
  const { kernel } = await testKernel({ environment });
  const { pid } = await kernel.process.spawn(climber);
  expect((await kernel.ipc.request(pid, {})).payload).toMatchObject({ code: "GOVERNANCE_DENIED" });
  expect(kernel.process.find(pid)?.capabilities.canNetwork).toBe(false);
  await kernel.shutdown();
});

it("gets it in production for a time, once a person has said so, and for that question alone", async () => {
  const { kernel, clock } = await testKernel({ environment: "production" });
  const { pid } = await kernel.process.spawn(climber);
  const asked = (await kernel.ipc.request(pid, {})).payload as { readonly code: string; readonly approval: string };
  expect(asked.code).toBe("APPROVAL_PENDING");
  await kernel.governance.approvals.approve(asked.approval, { principal: "alice", role: "approver" });
  const { approval } = asked;
  expect((await kernel.ipc.request(pid, { approval })).payload).toEqual({ until: clock.now() + 5000 });
  expect(kernel.process.find(pid)?.capabilities.canNetwork).toBe(true);
  expect((await kernel.ipc.request(pid, { approval })).payload).toMatchObject({
    code: expect.stringMatching(/^APPROVAL_/),
  });
  await clock.advance(5000);
  expect(kernel.process.find(pid)?.capabilities.canNetwork).toBe(false);
  await expectChain(kernel).toContain("agent.elevate", { outcome: "ok" });
  await expectChain(kernel).toContain("agent.narrow", { pid });
  await kernel.shutdown();
});
