// A whole kernel on a disk that fails, and on a chain that was damaged.
import { defineAction, defineAgent } from "@weftos/interface";
import { expectChain, testKernel } from "@weftos/testkit/kernel";
import { describe, expect, it } from "vitest";
import { repairChain } from "../../../src/repair/repair-chain.ts";

const DIR = "/state";
const EVENTS = `${DIR}/chain/000000000000.rvf`;
const owner = { kind: "principal", id: "owner", role: "admin" } as const;
const caller = { subject: owner, role: "admin", signal: new AbortController().signal } as const;

const door = () => {
  const opened: string[] = [];
  const action = defineAction<string, void>({
    name: "door.open",
    input: { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value: value as string }) } },
    effect: {},
    audit: "durable",
    resource: (name) => `door:${name}`,
    run: (name) => void opened.push(name),
  });
  return { action, opened };
};

describe("a kernel whose disk fails", () => {
  for (const code of ["ENOSPC", "EIO"] as const) {
    it(`refuses what must be recorded, says that it is unhealthy, and goes on when the disk does: ${code}`, async () => {
      const { action, opened } = door();
      const { kernel, platform, clock } = await testKernel({ dir: DIR, actions: [action] });
      await kernel.perform(action, "first", { as: owner });
      const ask = (name: string) => kernel.methods.call(name, {}, caller);
      expect(await ask("kernel.status")).toMatchObject({ writable: true, error: null });

      for (let n = 0; n < 3; n++)
        platform.faults.failNext(({ operation, path }) => operation === "write" && path === EVENTS, code);
      await expect(kernel.perform(action, "second", { as: owner })).rejects.toMatchObject({
        code: "CHAIN_NOT_WRITABLE",
      });
      await expect(kernel.perform(action, "third", { as: owner })).rejects.toMatchObject({
        code: "CHAIN_NOT_WRITABLE",
      });
      expect(opened).toEqual(["first"]);
      expect(await ask("kernel.status")).toMatchObject({ state: "running", writable: false, error: code });
      expect(await ask("chain.status")).toMatchObject({ writable: false, error: code });

      for (let n = 0; n < 4; n++) await clock.advance(8000);
      expect(await ask("kernel.status")).toMatchObject({ writable: true, error: null });
      await kernel.perform(action, "fourth", { as: owner });
      expect(opened).toEqual(["first", "fourth"]);
      await expectChain(kernel).toContain("chain.recovered", { cause: "write-failed", error: code });
      await kernel.shutdown();
    });
  }
});

describe("a kernel whose chain was damaged", () => {
  it("does not start; after the repair it starts under the same law, and its PIDs go on", async () => {
    const { action, opened } = door();
    const first = await testKernel({ dir: DIR, actions: [action] });
    const { platform } = first;
    await first.kernel.perform(action, "first", { as: owner });
    const law = first.kernel.governance.policy;
    const agent = defineAgent({
      name: "patient",
      async run(agent) {
        for await (const message of agent.inbox) await agent.reply(message, "done");
      },
    });
    const { pid } = await first.kernel.process.spawn(agent);
    await first.kernel.shutdown();
    const { files } = platform;
    const bytes = await files.read(EVENTS);
    bytes[700] = (bytes[700] as number) ^ 1;
    await files.writeAtomic(EVENTS, bytes);
    await files.remove(`${DIR}/cache`, { recursive: true });
    await expect(testKernel({ dir: DIR, platform, actions: [action] })).rejects.toMatchObject({
      cause: { code: "CHAIN_DAMAGED" },
    });

    const { continues } = await repairChain({ ...platform, dir: DIR, host: undefined });
    for (let round = 0; round < 2; round++) {
      const { kernel } = await testKernel({ dir: DIR, platform, actions: [action] });
      expect(kernel.governance.policy).toEqual(law);
      expect(await kernel.methods.call("chain.status", {}, caller)).toMatchObject({ continues });
      await kernel.perform(action, `round ${round}`, { as: owner });
      await expectChain(kernel).toContain("governance.genesis");
      const next = await kernel.process.spawn(agent);
      expect(next.pid).toBeGreaterThan(pid);
      const laws: number[] = [];
      for await (const { sequence } of kernel.exochain.query({ kind: "governance.policy" })) laws.push(sequence);
      expect(laws).toHaveLength(1);
      expect((await kernel.exochain.verify()).faults).toEqual([]);
      await kernel.shutdown();
    }
    expect(opened).toEqual(["first", "round 0", "round 1"]);
  });
});
