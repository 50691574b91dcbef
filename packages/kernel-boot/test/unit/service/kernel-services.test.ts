import { type Guard, type GuardedCall, toPid } from "@weftos/interface";
import { manualClock } from "@weftos/testkit";
import { expect, it } from "vitest";
import { guardedServices } from "../../../src/service/kernel-services.ts";
import { ServiceRegistry } from "../../../src/service/service-registry.ts";

it("guards registering and unregistering, in the kernel's name, and lets a service end with its process", async () => {
  const calls: GuardedCall<unknown>[] = [];
  const guard = {
    perform: async (call: GuardedCall<unknown>, run: () => unknown) => {
      calls.push(call);
      return run();
    },
  } as unknown as Guard;
  const registry = new ServiceRegistry(manualClock({ now: 7 }));
  const services = guardedServices(registry, guard);
  const entry = await services.register("bank", { kind: "process", pid: toPid(3) });
  expect(entry).toEqual({ name: "bank", endpoint: { kind: "process", pid: 3 }, owner: 3, registeredAt: 7 });
  expect(services.list()).toEqual([services.resolve("bank")]);
  expect([await services.unregister("bank"), await services.unregister("bank")]).toEqual([true, false]);
  expect(calls.map(({ action, resource, attributes }) => [action, resource, attributes.endpoint])).toEqual([
    ["service.register", "service:bank", "process"],
    ["service.unregister", "service:bank", "process"],
  ]);
});

it("holds at most 10 000 services", () => {
  const registry = new ServiceRegistry(manualClock());
  for (let index = 0; index < 10_000; index += 1) registry.register(`s${index}`, { kind: "container", container: "c" });
  expect(() => registry.register("more", { kind: "container", container: "c" })).toThrow(
    expect.objectContaining({ code: "KERNEL_SERVICE_LIMIT" }),
  );
});
