import { defineAction } from "@weftos/interface";
import { expectChain, testKernel } from "@weftos/testkit/kernel";
import { describe, expect, it } from "vitest";

const anything = {
  "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value: value as string }) },
} as const;
const owner = { kind: "principal", id: "owner", role: "admin" } as const;

/** An action that begins and never ends by itself. */
function endless() {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const action = defineAction<string, void>({
    name: "door.open",
    input: anything,
    effect: {},
    audit: "durable",
    resource: (door) => `door:${door}`,
    run: () => {
      begin();
      return new Promise(() => undefined);
    },
  });
  return { action, begun };
}

describe("an action that was running", () => {
  it("when its kernel crashed is reported at the next boot, once", async () => {
    const { action, begun } = endless();
    const first = await testKernel({ dir: "/state", actions: [action] });
    first.kernel.perform(action, "front", { as: owner }).catch(() => undefined);
    await begun;
    const after = first.platform.crash();

    const second = await testKernel({ dir: "/state", platform: after });
    const event = await expectChain(second.kernel).toContain("action.unknown", {
      action: "door.open",
      subject: "principal:owner",
      resource: "door:front",
      outcome: "unknown",
    });
    const told = second.kernel.logs.tail().map((line) => line.message);
    expect(told).toContainEqual(expect.stringMatching(/^door\.open of principal:owner on door:front was running when/));
    expect((await second.kernel.exochain.get(event.payload?.intent as number)).kind).toBe("action.intent");
    await second.kernel.shutdown();

    const third = await testKernel({ dir: "/state", platform: after });
    const kinds: string[] = [];
    for await (const { kind } of third.kernel.exochain.range(0, third.kernel.exochain.status().events))
      kinds.push(kind);
    expect(kinds.filter((kind) => kind === "action.unknown")).toHaveLength(1);
    await third.kernel.shutdown();
  });

  it("when its kernel was shut down is recorded before the chain closes", async () => {
    const { action, begun } = endless();
    const first = await testKernel({ dir: "/state", actions: [action] });
    first.kernel.perform(action, "back", { as: owner }).catch(() => undefined);
    await begun;
    await first.kernel.shutdown();
    const second = await testKernel({ dir: "/state", platform: first.platform });
    await expectChain(second.kernel).toContain("action.unknown", { resource: "door:back" });
    const told = second.kernel.logs.tail().map((line) => line.message);
    expect(told.filter((line) => line.includes("was running"))).toEqual([]);
    await second.kernel.shutdown();
  });
});

it("an action that ended, well or badly, is not unknown", async () => {
  const action = defineAction<string, string>({
    name: "door.close",
    input: anything,
    effect: {},
    audit: "durable",
    run: (door) => {
      if (door === "stuck") throw new Error("it does not move");
      return door;
    },
  });
  const first = await testKernel({ dir: "/state", actions: [action] });
  await first.kernel.perform(action, "front", { as: owner });
  await expect(first.kernel.perform(action, "stuck", { as: owner })).rejects.toThrow("does not move");
  const second = await testKernel({ dir: "/state", platform: first.platform.crash() });
  await expectChain(second.kernel).notToContain("action.unknown");
  await second.kernel.shutdown();
});
