import { defineAgent } from "@weftos/interface";
import { testKernel } from "@weftos/testkit/kernel";
import { expect, it } from "vitest";

it("carries an agent's last replies while the kernel shuts down", async () => {
  const { kernel } = await testKernel();
  let taken: () => void = () => undefined;
  const working = new Promise<void>((resolve) => {
    taken = resolve;
  });
  const parting = defineAgent({
    name: "parting",
    async run(agent) {
      const request = await agent.inbox.receive();
      taken();
      await new Promise<void>((resolve) => agent.signal.addEventListener("abort", () => resolve(), { once: true }));
      // Work that ends after the stop of every feature could have been asked for.
      for (let turn = 0; turn < 1000; turn += 1) await Promise.resolve();
      if (request !== undefined) await agent.reply(request, "done");
    },
  });
  const { pid } = await kernel.process.spawn(parting);
  const answer = kernel.ipc.request(pid, "finish this");
  await working;
  const report = await kernel.shutdown();
  expect((await answer).payload).toBe("done");
  expect(report.clean).toBe(true);
});

it("fails what nobody answered any more, and counts what nobody took", async () => {
  const { kernel } = await testKernel();
  const deaf = defineAgent({
    name: "deaf",
    async run(agent) {
      await agent.inbox.receive();
      await new Promise<void>((resolve) => {
        if (agent.signal.aborted) resolve();
        else agent.signal.addEventListener("abort", () => resolve(), { once: true });
      });
    },
  });
  const { pid } = await kernel.process.spawn(deaf);
  const unanswered = expect(kernel.ipc.request(pid, "taken")).rejects.toMatchObject({ code: "IPC_TARGET_EXITED" });
  await kernel.ipc.send(pid, "waits");
  await kernel.ipc.send(pid, "waits too");
  await kernel.shutdown();
  await unanswered;
  expect(kernel.ipc.deadLetters.counts()["target-exited"]).toBe(2);
  await expect(kernel.ipc.send(pid, "too late")).rejects.toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });
});

it("tells who asks the kernel itself that no reply comes any more", async () => {
  const { kernel } = await testKernel();
  kernel.ipc.handle(() => new Promise<never>(() => undefined));
  const asked = kernel.ipc.request({ kind: "kernel" }, "a question", { timeoutMs: 86_400_000 });
  const told = expect(asked).rejects.toMatchObject({ code: "IPC_SENDER_NOT_RUNNING" });
  await kernel.shutdown();
  await told;
});
