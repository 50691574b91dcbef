import { toHex } from "@weftos/crypto";
import { describe, expect, it } from "vitest";
import { amendmentStatement, makePolicy } from "../../../src/index.ts";
import { type KernelDouble, startDouble } from "../../kernel-double.ts";
import { admin, known, signerOf } from "../../people.ts";
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
  it("reads a number as a number and a text as a text, whatever they look like; of an earlier release by its look", async () => {
    const kernel = await startDouble();
    kernel.declarations.set("demo.act", declare("demo.act", { risk: 0.25 }));
    const subject = { kind: "process", id: "7" } as const;
    for (const version of ["1.5", 1.5, "2"])
      await kernel.guard.perform({ action: "demo.act", subject, resource: "r", attributes: { version } }, () => 1);
    const changed = async (version: unknown): Promise<readonly number[]> => {
      const rules = [rule("V", { condition: { actions: ["demo.act"], attributes: { version } } } as never)];
      const input = { text: JSON.stringify({ rules }), file: "p.json" };
      const { listed } = (await kernel.method("governance.rehearse").call(input, admin)) as {
        readonly listed: readonly { readonly sequence: number }[];
      };
      return listed.map(({ sequence }) => sequence);
    };
    const [text, number, whole] = kernel.audit.recorded.flatMap(({ kind, payload, sequence }) =>
      kind === "demo.act" || payload.action === "demo.act" ? [{ sequence, payload }] : [],
    );
    expect([text, number, whole].map((one) => one?.payload.fractions)).toEqual([[], ["version"], undefined]);
    expect(await changed("1.5")).toEqual([text?.sequence]);
    expect(await changed({ over: 1.4 })).toEqual([number?.sequence]);
    // As they were recorded before they were named.
    for (const one of [text, number]) delete (one as { payload: Record<string, unknown> }).payload.fractions;
    expect(await changed({ over: 1.4 })).toEqual([text?.sequence, number?.sequence]);
  });

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

  it("counts apart what cannot be told afterwards, and knows the role that a principal had", async () => {
    const kernel = await worked();
    const call = { action: "demo.act", resource: "r", attributes: {} };
    await kernel.guard.perform({ ...call, subject: { kind: "principal", id: "ada", role: "operator" } }, () => 1);
    const rights = rule("NO-SPAWNERS", { condition: { actions: ["demo.act"], subjects: { capabilities: ["spawn"] } } });
    const roles = rule("NO-OPERATORS", { condition: { actions: ["demo.act"], subjects: { roles: ["operator"] } } });
    const text = JSON.stringify({ rules: [rights, roles] });
    const found = await kernel.method("governance.rehearse").call({ text, file: "p.json" }, admin);
    expect(found).toMatchObject({ decisions: 5, unjudged: 2, changes: { "permit→deny": 1 } });
    expect(found).toMatchObject({ listed: [{ subject: "principal:ada", cause: "NO-OPERATORS (deny) matches" }] });
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
      judgedBy: { policy: "then", version: 0, inForce: true },
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
      otherwise: [
        "permit, had its magnitude 0.950 been at most the threshold 0.9 of development, or a rule permitted it",
      ],
    });
  });

  it("is refused for an event without a decision", async () => {
    const kernel = await worked();
    for (const sequence of [1, 9999])
      await expect(kernel.method("governance.explain").call({ sequence }, admin)).rejects.toMatchObject({
        code: "GOVERNANCE_LAW_NOT_FOUND",
      });
    await kernel.method("environment.switch").call({ name: "staging" }, admin);
    const outcome = at(kernel, ({ intent }) => typeof intent === "number");
    await expect(kernel.method("governance.explain").call({ sequence: outcome }, admin)).rejects.toThrow(
      /holds no decision of the rules: it is the outcome of event \d+, which holds it$/,
    );
  });
});

describe("what was accumulated", () => {
  it("is told of the moment of a decision, and counts no question that was never answered", async () => {
    const limit = rule("MUCH", { condition: { accumulated: { over: { risk: 1 }, windowMs: 60_000 } } });
    const asks = rule("ASK", { condition: { attributes: { kind: "odd" } }, outcome: { kind: "defer" } });
    const kernel = await startDouble({ init: { policies: [makePolicy([limit, asks])] } });
    kernel.declarations.set("demo.act", { ...declare("demo.act", { risk: 0.4 }), accumulates: true });
    const act = (kind: string) =>
      kernel.guard.perform(
        {
          action: "demo.act",
          subject: { kind: "principal", id: "ann", role: "admin" },
          resource: "r",
          attributes: { kind },
        },
        () => 1,
      );
    await act("even");
    await expect(act("odd")).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    await act("even");
    await expect(act("even")).rejects.toMatchObject({ code: "GOVERNANCE_DENIED" });
    const sequence = at(kernel, ({ rules }) => String(rules) === "MUCH");
    expect(await kernel.method("governance.explain").call({ sequence }, admin)).toMatchObject({
      rules: [{ id: "MUCH", parts: [{ had: "risk 1.2, magnitude 1.200 of principal:ann", holds: true }] }],
      otherwise: [expect.stringMatching(/^permit, had accumulated not been risk 1\.2/)],
    });
    const rehearsed = await kernel.method("governance.rehearse").call({ text: '{"rules":[]}', file: "p.json" }, admin);
    expect(rehearsed).toMatchObject({ decisions: 4, changed: 0, driftedSince: 0 });
  });
});

describe("an explanation of a refusal that no rule made", () => {
  it("says what refused, and of an event that is not there which there are", async () => {
    const kernel = await worked();
    const call = {
      action: "environment.switch",
      subject: { kind: "process", id: "7" },
      resource: "",
      attributes: {},
    } as const;
    await expect(kernel.guard.perform(call, () => 1)).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
    const sequence = at(kernel, ({ by }) => by === "capability");
    await expect(kernel.method("governance.explain").call({ sequence }, admin)).rejects.toThrow(
      `event ${sequence} holds no decision of the rules: a capability refused it before any was asked (a process is no operator)`,
    );
    const beyond = kernel.method("governance.explain").call({ sequence: 999_999 }, admin);
    await expect(beyond).rejects.toThrow(/^there is no event 999999: the first that is kept is \d+, the last \d+$/);
  });
});

describe("an explanation of what was decided under other rules", () => {
  const denial = (kernel: KernelDouble) =>
    at(kernel, ({ verdict, rules }) => verdict === "deny" && String(rules) === "NO-TAR");
  const explain = (kernel: KernelDouble, sequence: number) =>
    kernel.method("governance.explain").call({ sequence }, admin) as Promise<Record<string, unknown>>;

  it("goes by the rules of then, though the configuration has others and another environment is in force by now", async () => {
    const kernel = await worked();
    const sequence = denial(kernel);
    await kernel.method("environment.switch").call({ name: "production" }, admin);
    await kernel.stop();
    const { platform, audit } = kernel;
    const softer = rule("NO-TAR", {
      condition: { attributes: { kind: "tar" } },
      outcome: { kind: "warn" },
      severity: "warning",
    });
    const again = await startDouble({ platform, audit, init: { policies: [makePolicy([softer])] } });
    again.declarations.set("demo.act", declare("demo.act", { risk: 0.25 }));
    expect(await explain(again, sequence)).toMatchObject({
      judgedBy: { policy: "then", version: 0, inForce: false },
      environment: "development",
      threshold: 0.9,
      rules: [{ id: "NO-TAR", outcome: "deny", decisive: true }],
      otherwise: ['permit, had attributes.kind not been "tar" (NO-TAR asks for "tar")'],
    });
  });

  it("names the version of the law that decided, once an amendment is in force", async () => {
    const kernel = await worked();
    const before = denial(kernel);
    const text = JSON.stringify({ rules: [rule("NO-ZIP", { condition: { attributes: { kind: "zip" } } })] });
    const proposed = await kernel.method("amendment.propose").call({ text, file: "p.json", reason: "r" }, admin);
    const id = String((proposed as Record<string, unknown>).id);
    await known(kernel, "ann", "admin", ["legislative"]);
    const ann = { ...admin, subject: { kind: "principal", id: "ann", role: "admin" } } as const;
    await kernel.method("amendment.rehearse").call({ id }, ann);
    const statement = amendmentStatement(kernel.governance.policy?.genesis ?? "", id);
    const signature = toHex(signerOf("ann").sign(statement));
    await kernel.method("amendment.sign").call({ id, principal: "ann", signature }, ann);
    await kernel.method("amendment.enact").call({ id }, ann);
    const call = {
      action: "demo.act",
      subject: { kind: "process", id: "7" },
      resource: "r",
      attributes: { kind: "zip" },
    } as const;
    await expect(kernel.guard.perform(call, () => 1)).rejects.toMatchObject({ code: "GOVERNANCE_DENIED" });
    const after = at(kernel, ({ verdict, rules }) => verdict === "deny" && String(rules) === "NO-ZIP");
    expect(await explain(kernel, before)).toMatchObject({ judgedBy: { policy: "then", version: 0, inForce: false } });
    expect(await explain(kernel, after)).toMatchObject({ judgedBy: { policy: "then", version: 1, inForce: true } });
  });

  it.each<[string, (payload: Record<string, unknown>) => Record<string, unknown> | undefined]>([
    ["was redacted", () => undefined],
    ["has another rule under its digest", ({ digest }) => ({ digest, rule: JSON.stringify(rule("NO-TAR")) })],
    ["holds what is no rule", ({ digest }) => ({ digest, rule: "{" })],
  ])("shows the rules of now, and says so, when the record of a rule of then %s", async (_what, change) => {
    const kernel = await worked();
    const sequence = denial(kernel);
    const index = kernel.audit.recorded.findIndex(({ payload }) => payload.id === "NO-TAR");
    const event = kernel.audit.recorded[index];
    kernel.audit.recorded[index] = { ...event, payload: change(event?.payload ?? {}) } as never;
    expect(await explain(kernel, sequence)).toMatchObject({ judgedBy: { policy: "now", version: 0 } });
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
