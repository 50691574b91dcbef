import type { GuardedCall, Method, MethodCaller } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { proofMethods } from "../../../src/feature/proof-methods.ts";
import { bundleText, type ProofDocument, verifyProof } from "../../../src/index.ts";
import { event, open, testPlatform } from "../../support/chain-fixture.ts";

const caller: MethodCaller = {
  subject: { kind: "principal", id: "ada" },
  role: "operator",
  signal: new AbortController().signal,
};

async function started() {
  const platform = testPlatform();
  const chain = await open(platform);
  for (let n = 1; n < 10; n++) chain.append(event(n));
  const performed: unknown[] = [];
  const guard = {
    async perform<T>(call: GuardedCall<T>, run: (grant: never) => T | Promise<T>): Promise<T> {
      const output = await run(undefined as never);
      performed.push([call.action, call.resource, call.attributes, call.summary?.(output)]);
      return output;
    },
  };
  const methods = proofMethods(() => chain, guard);
  const call = (name: string, input: unknown) =>
    (methods.find((method) => method.name === name) as Method).call(input, caller);
  return { chain, call, performed, platform };
}

describe("the methods of proofs", () => {
  it("prove an event that is not on disk yet, and that the chain goes on from an older one", async () => {
    const { chain, call } = await started();
    const document = (await call("chain.proof", { sequence: 9, from: 4 })) as unknown as ProofDocument;
    expect(await verifyProof(bundleText(document))).toMatchObject({ valid: true, event: { payload: { n: 9 } } });
    expect(document.consistency?.size).toBe(4);
    expect(await call("chain.consistency", { from: 3 })).toMatchObject({ from: 3, to: 10 });
    await expect(call("chain.proof", { sequence: 10 })).rejects.toMatchObject({ code: "CHAIN_EVENT_NOT_FOUND" });
    await expect(call("chain.consistency", { from: 11 })).rejects.toMatchObject({ code: "CHAIN_PROOF_RANGE" });
    for (const input of [{}, { sequence: -1 }, { sequence: 1.5 }, { sequence: 1, from: 0 }, { sequence: 1, more: 1 }]) {
      await expect(call("chain.proof", input)).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
    }
    await chain.close();
  });

  it("export under the guard, which records how much left", async () => {
    const { chain, call, performed, platform } = await started();
    const report = await call("chain.export", { format: "json", output: "/out.jsonl" });
    expect(report).toMatchObject({ events: 10, files: 1 });
    const bytes = (await platform.files.stat("/out.jsonl"))?.size;
    expect(performed).toEqual([["chain.export", "/out.jsonl", { format: "json" }, { events: 10, files: 1, bytes }]]);
    await expect(call("chain.export", { format: "zip", output: "/x" })).rejects.toMatchObject({
      code: "API_INVALID_PARAMS",
    });
    await expect(call("chain.export", { format: "rvf", output: "here" })).rejects.toMatchObject({
      code: "CHAIN_EXPORT",
    });
    await chain.close();
  });
});
