import { describe, expect, it } from "vitest";
import { makePolicy } from "../../../src/index.ts";
import { type KernelDouble, startDouble } from "../../kernel-double.ts";
import { admin } from "../../people.ts";
import { declare, rule } from "../decision/subject-of-tests.ts";

async function worked(): Promise<KernelDouble> {
  const kernel = await startDouble({
    init: { policies: [makePolicy([rule("NO-TAR", { condition: { attributes: { kind: "tar" } } })])] },
  });
  kernel.declarations.set("demo.act", declare("demo.act", { risk: 0.25 }));
  kernel.declarations.set("demo.big", declare("demo.big", { risk: 0.95 }));
  for (const attributes of [
    { kind: "zip", size: 0.5 },
    { kind: "tar", size: 1 },
    { kind: "zip", size: 3 },
  ]) {
    await kernel.guard
      .perform(
        {
          action: "demo.act",
          subject: { kind: "process", id: "7" },
          resource: "r",
          attributes,
          actor: { agent: "tidy" },
        },
        () => 1,
      )
      .catch(() => undefined);
  }
  await kernel.guard
    .perform({ action: "demo.big", subject: { kind: "process", id: "7" }, resource: "r", attributes: {} }, () => 1)
    .catch(() => undefined);
  return kernel;
}

const at = (kernel: KernelDouble, test: (payload: Record<string, unknown>) => boolean): number =>
  kernel.audit.recorded.find(({ payload }) => test(payload))?.sequence ?? -1;

describe("a rehearsal", () => {
  it("lists each decision that would be another, with its cause", async () => {
    const kernel = await worked();
    const rules = [
      rule("NO-ZIP", { condition: { actions: ["demo.act"], attributes: { kind: "zip", size: { under: 1 } } } }),
      rule("BIG-OK", { condition: { actions: ["demo.big"] }, outcome: { kind: "permit" } }),
    ];
    const found = await kernel
      .method("governance.rehearse")
      .call({ text: JSON.stringify({ rules }), file: "p.json" }, admin);
    expect(found).toMatchObject({
      decisions: 4,
      changed: 2,
      changes: { "permit→deny": 1, "deny→permit": 1 },
      listed: [
        { action: "demo.act", agent: "tidy", from: "permit", to: "deny", cause: "NO-ZIP (deny) matches" },
        { action: "demo.big", from: "deny", to: "permit", cause: "BIG-OK (permit) matches" },
      ],
    });
    const last = kernel.audit.recorded.at(-1)?.sequence ?? 0;
    const none = await kernel
      .method("governance.rehearse")
      .call({ text: '{"rules":[]}', file: "p.json", from: last }, admin);
    expect(none).toMatchObject({ decisions: 1, changed: 0 });
  });

  it("under the policy in force changes nothing, and refuses a text that is none by file and line", async () => {
    const kernel = await worked();
    const rehearse = kernel.method("governance.rehearse");
    expect(await rehearse.call({ text: "", file: "p.toml" }, admin)).toMatchObject({ decisions: 4, changed: 0 });
    await expect(
      rehearse.call({ text: '[[rules]]\nid = "A"\noops = 1\n', file: "p.toml" }, admin),
    ).rejects.toMatchObject({
      code: "GOVERNANCE_POLICY_INVALID",
      details: { file: "p.toml", rule: "A" },
    });
  });
});

describe("an explanation", () => {
  it("shows the rule, the values that matched, and what would have changed the outcome", async () => {
    const kernel = await worked();
    const sequence = at(kernel, ({ verdict, rules }) => verdict === "deny" && String(rules) === "NO-TAR");
    const explained = await kernel.method("governance.explain").call({ sequence }, admin);
    expect(explained).toMatchObject({
      samePolicy: true,
      decision: { verdict: "deny" },
      rules: [
        {
          id: "NO-TAR",
          decisive: true,
          parts: [{ part: "attributes.kind", wanted: '"tar"', had: '"tar"', holds: true }],
        },
      ],
      otherwise: ['permit, had attributes.kind not been "tar" (NO-TAR asks for "tar")'],
    });
  });

  it("names the threshold where no rule decided", async () => {
    const kernel = await worked();
    const sequence = at(kernel, ({ action, verdict }) => action === "demo.big" && verdict === "deny");
    expect(await kernel.method("governance.explain").call({ sequence }, admin)).toMatchObject({
      otherwise: ["permit, had its magnitude 0.950 been at most the threshold 0.9 of development"],
    });
  });

  it("is refused for an event without a decision", async () => {
    const kernel = await worked();
    for (const sequence of [1, 9999])
      await expect(kernel.method("governance.explain").call({ sequence }, admin)).rejects.toMatchObject({
        code: "GOVERNANCE_LAW_NOT_FOUND",
      });
  });
});

describe("a check", () => {
  it("asks as a running agent by its name", async () => {
    const kernel = await startDouble({ processes: [{ pid: 7 as never, name: "tidy", capabilities: {} as never }] });
    kernel.declarations.set("net.post", declare("net.post", { risk: 0.5 }));
    const check = kernel.method("governance.check");
    expect(await check.call({ action: "net.post", as: "tidy" }, admin)).toMatchObject({ verdict: "defer" });
    await expect(check.call({ action: "net.post", as: "nobody" }, admin)).rejects.toMatchObject({
      code: "GOVERNANCE_LAW_NOT_FOUND",
    });
  });
});
