/** Jobs that people were asked about: what was approved covers each run, until it is revoked or the job is another. */
import type { Subject } from "@weftos/interface";
import { approvalOf, asking, expectChain, testKernel } from "@weftos/testkit/kernel";
import { describe, expect, it } from "vitest";

/** A person is asked before principals do one thing. */
const askedOf = (about: string) =>
  asking({ about: ({ action, subject }) => action === about && subject.kind === "principal", expiresMs: 600_000 });
const alice: Subject = { kind: "principal", id: "alice", role: "operator" };
const bob = { principal: "bob", role: "approver" } as const;
const MINUTE = 60_000;
const job = { name: "beat", schedule: { everyMs: MINUTE }, target: { topic: "beat" } } as const;

describe("a job that a person was asked about", () => {
  it("is added under the approval of the first try", async () => {
    const { kernel, clock } = await testKernel({ features: [askedOf("cron.add")] });
    const { cron } = kernel.ipc;
    const approval = await approvalOf(cron.add(job, { as: alice }));
    expect(cron.list()).toEqual([]);
    await kernel.governance.approvals.approve(approval, bob);
    const other = { ...job, schedule: { everyMs: 2 * MINUTE } };
    await expect(cron.add(other, { as: alice, approval })).rejects.toMatchObject({ code: "APPROVAL_CHANGED" });
    expect(await cron.add(job, { as: alice, approval })).toMatchObject({ name: "beat", approval });
    await clock.advance(MINUTE);
    await clock.settle();
    await expectChain(kernel).toContain("cron.fire", { outcome: "ok", approval });
    await kernel.shutdown();
  });

  it("cites the standing grant of its adding at each start, and starts no more once that is revoked", async () => {
    const { kernel, clock } = await testKernel({ features: [askedOf("cron.add")] });
    const { cron } = kernel.ipc;
    const approval = await approvalOf(cron.add(job, { as: alice }));
    await kernel.governance.approvals.approve(approval, { ...bob, standing: true });
    expect((await cron.add(job, { as: alice })).approval).toBe(approval);
    await clock.advance(MINUTE);
    await clock.settle();
    expect(cron.history("beat")).toMatchObject([{ outcome: "ok" }]);
    await expectChain(kernel).toContain("cron.fire", { outcome: "ok", approval });
    await kernel.governance.approvals.revoke(approval, bob);
    await clock.advance(MINUTE);
    await clock.settle();
    expect(cron.history("beat")).toMatchObject([{ outcome: "failed", error: "APPROVAL_DENIED" }, { outcome: "ok" }]);
    await kernel.shutdown();
  });

  it("asks at its first run about a tool, is covered from then on, and asks again once it is another", async () => {
    const { kernel } = await testKernel({ features: [askedOf("fs.read")] });
    const { cron } = kernel.ipc;
    const target = { tool: "fs.stat", input: { path: "/" } };
    await cron.add({ name: "look", schedule: { everyMs: MINUTE }, target }, { as: { ...alice, role: "admin" } });
    const asked = async (): Promise<readonly { readonly id: string }[]> =>
      kernel.governance.approvals.list({ state: "pending" });
    expect(await cron.run("look")).toMatchObject({ outcome: "failed", error: "APPROVAL_PENDING" });
    const [first] = await asked();
    await kernel.governance.approvals.approve(first?.id ?? "", { ...bob, standing: true });
    expect(await cron.run("look")).toMatchObject({ outcome: "ok" });
    expect(await cron.run("look")).toMatchObject({ outcome: "ok" });
    await cron.edit("look", { overlap: "queue" }, { as: { ...alice, role: "admin" } });
    expect(await cron.run("look")).toMatchObject({ outcome: "failed", error: "APPROVAL_PENDING" });
    expect(await asked()).toHaveLength(1);
    await kernel.shutdown();
  });
});
