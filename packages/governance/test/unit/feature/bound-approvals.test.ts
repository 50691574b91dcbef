// What was approved is what runs: each method that a rule defers asks anew when one field of its input is another.
import type { MethodCaller } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { makePolicy } from "../../../src/index.ts";
import { type KernelDouble, startDouble } from "../../kernel-double.ts";
import { rule } from "../decision/subject-of-tests.ts";

const tom: MethodCaller = {
  subject: { kind: "principal", id: "tom" },
  role: "admin",
  signal: new AbortController().signal,
};
const alice = { principal: "alice", role: "approver" } as const;
const asks = makePolicy([
  rule("ASK", {
    condition: { actions: ["amendment.*", "judicial.*", "environment.*", "principal.*"] },
    outcome: { kind: "defer" },
  }),
]);
const policy = (id: string): string => JSON.stringify({ rules: [rule(id, { condition: { actions: ["x.*"] } })] });
const key = (digit: string): string => digit.repeat(64);
const reason = "because ".repeat(200);

async function codeOf(kernel: KernelDouble, method: string, input: object): Promise<string | undefined> {
  const thrown = await Promise.resolve(kernel.method(method).call(input, tom)).then(
    () => undefined,
    (error: { code?: string }) => error,
  );
  return thrown?.code;
}

describe("an approval of a method", () => {
  it.each<[string, object, readonly object[]]>([
    [
      "amendment.propose",
      { file: "p.json", text: policy("A"), reason, drop: ["GOV-004"] },
      [{ file: "p.json", text: policy("B") }, { drop: ["GOV-007"] }, { drop: [] }, { reason: `${reason}!` }],
    ],
    [
      "environment.add",
      { name: "lab", environment: { threshold: 0.1 } },
      [
        { name: "hut" },
        { environment: { threshold: 10 } },
        { environment: { threshold: 0.1, maxMagnitude: 10 } },
        { environment: { threshold: 0.1, humanApproval: true } },
        { environment: { threshold: 0.1, auditLevel: "none" } },
        { environment: { threshold: 0.1, activeBranches: ["executive"] } },
      ],
    ],
    ["environment.switch", { name: "staging" }, [{ name: "production" }]],
    ["judicial.stay", { rule: "GOV-006", reason }, [{ rule: "GOV-004" }, { reason: `${reason}!` }]],
    ["judicial.lift", { rule: "GOV-006" }, [{ rule: "GOV-004" }]],
    ["judicial.suspend", { pid: 7, reason }, [{ pid: 8 }, { reason: `${reason}!` }]],
    [
      "principal.add",
      { name: "eve", role: "viewer", key: key("a") },
      [{ name: "eva" }, { role: "admin" }, { key: key("b") }, { branches: ["judicial"] }, { owner: true }],
    ],
    ["principal.revoke", { name: "eve" }, [{ name: "eva" }]],
    ["principal.token", { name: "eve" }, [{ name: "eva" }]],
    [
      "principal.rotate",
      { name: "eve", key: key("a"), signature: "0".repeat(128) },
      [{ name: "eva" }, { key: key("b") }],
    ],
  ])("is of all its input: %s", async (method, input, changes) => {
    const kernel = await startDouble({ init: { policies: [asks] } });
    expect(await codeOf(kernel, method, input)).toBe("APPROVAL_PENDING");
    const [asked] = kernel.approvals.list({ state: "pending" });
    await kernel.governance.approvals.approve(asked?.id ?? "", alice);
    for (const change of changes) {
      expect(await codeOf(kernel, method, { ...input, ...change }), JSON.stringify(change)).toBe("APPROVAL_PENDING");
    }
    expect((await codeOf(kernel, method, input)) ?? "ok").not.toMatch(/^APPROVAL_/);
    expect(kernel.approvals.find(asked?.id ?? "")?.state).toBe("used");
    // The same once more is another act.
    expect(await codeOf(kernel, method, input)).toBe("APPROVAL_PENDING");
  });

  it("of a rehearsal is used by the same call, whatever was decided meanwhile", async () => {
    const kernel = await startDouble();
    const made = await kernel
      .method("amendment.propose")
      .call({ file: "p.json", text: policy("A"), reason: "r", drop: [] }, tom);
    const { id } = made as { id: string };
    const strict = await startDouble({ init: { policies: [asks] }, platform: kernel.platform, audit: kernel.audit });
    expect(await codeOf(strict, "amendment.rehearse", { id })).toBe("APPROVAL_PENDING");
    const [asked] = strict.approvals.list({ state: "pending" });
    await strict.governance.approvals.approve(asked?.id ?? "", alice);
    expect(await codeOf(strict, "amendment.rehearse", { id })).toBeUndefined();
  });

  it("shows what is proposed whole, and what numbers an environment has", async () => {
    const kernel = await startDouble({ init: { policies: [asks] } });
    await codeOf(kernel, "amendment.propose", { file: "p.json", text: policy("A"), reason, drop: ["GOV-004"] });
    await codeOf(kernel, "environment.add", { name: "lab", environment: { threshold: 0.1 } });
    const [proposal, lab] = kernel.approvals.list({ state: "pending" }).map(({ display }) => display);
    for (const part of ['"A"', '"x.*"', '"GOV-004"', reason]) expect(proposal).toContain(part);
    for (const part of ['"threshold": 0.1', '"maxMagnitude": 1', '"humanApproval": false']) expect(lab).toContain(part);
  });
});
