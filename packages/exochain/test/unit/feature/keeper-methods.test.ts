import type { GuardedCall, Method, MethodCaller } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { chainMethods } from "../../../src/feature/chain-methods.ts";
import { keeperMethods } from "../../../src/feature/keeper-methods.ts";
import { event, open, testPlatform } from "../../support/chain-fixture.ts";

const caller: MethodCaller = {
  subject: { kind: "principal", id: "ada", role: "admin" },
  role: "admin",
  signal: new AbortController().signal,
};

async function methods(kept: readonly string[] = []) {
  const chain = await open(testPlatform());
  await chain.append(event(1)).durable;
  const performed: { readonly action: string; readonly attributes: unknown; readonly summary: unknown }[] = [];
  const guard = {
    perform: async <T>(call: GuardedCall<T>, run: (grant: never) => T | Promise<T>) => {
      const output = await run(undefined as never);
      performed.push({ action: call.action, attributes: call.attributes, summary: call.summary?.(output) });
      return output;
    },
  };
  const told: number[] = [];
  const redacted = async (sequence: number) => void told.push(sequence);
  const all = [
    ...keeperMethods(
      () => chain,
      guard,
      redacted,
      () => kept,
    ),
    ...chainMethods(() => chain, guard),
  ];
  const call = (name: string, input?: unknown) =>
    (all.find((method) => method.name === name) as Method).call(input, caller);
  return { chain, all, call, performed, told };
}

describe("the methods of who keeps a chain", () => {
  it("redact under the guard, in the name of who asked", async () => {
    const { chain, call, performed, told } = await methods();
    expect(await call("chain.redact", { sequence: 1, reason: "asked for" })).toEqual({ sequence: 1, by: 2 });
    expect(told).toEqual([1]);
    expect(performed).toEqual([
      {
        action: "chain.redact",
        attributes: { sequence: 1, reason: "asked for" },
        summary: { sequence: 1, by: 2 },
      },
    ]);
    expect((await chain.get(2)).actor.principal).toBe("ada");
    await expect(call("chain.redact", { sequence: 1, reason: "" })).rejects.toMatchObject({
      code: "API_INVALID_PARAMS",
    });
    await expect(call("chain.redact", { sequence: 0, reason: "no" })).rejects.toMatchObject({
      code: "CHAIN_REDACTION_REFUSED",
    });
    await chain.close();
  });

  it("redact nothing that a feature reads at every boot", async () => {
    const { chain, call, told } = await methods(["test.*"]);
    const { kind } = await chain.get(1);
    expect(kind).toMatch(/^test\./);
    await expect(call("chain.redact", { sequence: 1, reason: "asked for" })).rejects.toMatchObject({
      code: "CHAIN_REDACTION_REFUSED",
      details: { reason: `the kernel reads events of the kind ${kind} at every boot` },
    });
    expect((await chain.get(1)).payload).toBeDefined();
    expect(told).toEqual([]);
    await chain.close();
  });

  it("rotate keys under the guard, list them, and verify against them", async () => {
    const { chain, call, performed } = await methods();
    const before = (await call("chain.keys")) as { readonly keys: readonly object[] };
    await call("chain.rotate-keys", { reason: "planned" });
    await chain.append(event(3)).durable;
    const after = (await call("chain.keys")) as { readonly keys: readonly object[]; readonly history: unknown[] };
    expect(after.history).toHaveLength(2);
    expect(after.keys).not.toEqual(before.keys);
    expect(performed.map(({ action }) => action)).toEqual(["chain.rotate-keys"]);
    for (const { keys } of [before, after]) {
      expect(await call("chain.verify", { keys })).toMatchObject({ valid: true });
    }
    await expect(call("chain.verify", { keys: before.keys.slice(1) })).rejects.toMatchObject({
      code: "API_INVALID_PARAMS",
    });
    await chain.close();
  });

  it("that change something are for administrators", async () => {
    const { chain, all } = await methods();
    const mutating = all.filter(({ mutates }) => mutates).map(({ name, role }) => [name, role]);
    expect(mutating).toEqual([
      ["chain.redact", "admin"],
      ["chain.rotate-keys", "admin"],
      ["chain.checkpoint", "operator"],
    ]);
    await chain.close();
  });
});
