import { defineAgent, toPid } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { testKernel } from "@weftos/testkit/kernel";
import { expect, it } from "vitest";

const waiter = defineAgent({
  name: "waiter",
  async run(context) {
    for await (const _message of context.inbox);
  },
});

it("has a node in the resource tree for each service, until it is unregistered, its process ends, or its kernel does", async () => {
  const platform = memoryPlatform({ seed: 5 });
  const first = await testKernel({ platform, dir: "/state" });
  const { services, exochain, process } = first.kernel;
  const { pid } = await process.spawn(waiter);
  await services.register("web", { kind: "external", url: "https://example.com/" });
  await services.register("bank", { kind: "process", pid: toPid(pid) });
  await services.register("old", { kind: "container", container: "old-1" });
  await services.unregister("old");
  const found = (name: string) => exochain.tree.find(`/kernel/services/${name}`);
  expect(found("web")).toMatchObject({ kind: "service", metadata: { owner: "kernel", endpoint: "external" } });
  expect(found("bank")).toMatchObject({ kind: "service", metadata: { endpoint: "process" } });
  expect(found("old")).toBeUndefined();
  await process.kill(pid);
  expect([services.resolve("bank"), found("bank")]).toEqual([undefined, undefined]);
  const [end, begin] = await exochain.tree.history("/kernel/services/bank");
  expect([end?.kind, begin?.kind]).toEqual(["service.unregister", "service.register"]);
  const event = await exochain.get(end?.sequence ?? 0);
  expect([event.payload?.reason, event.actor.pid]).toEqual(["owner-ended", pid]);
  await first.kernel.shutdown();
  const second = await testKernel({ platform, dir: "/state" });
  expect(second.kernel.exochain.tree.find("/kernel/services/web")).toBeUndefined();
  expect(await second.kernel.exochain.tree.verify()).toMatchObject({ valid: true });
  await second.kernel.shutdown();
});
