import { type ActionDeclaration, type GuardedCall, type MethodCaller, toPid } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { ENVIRONMENTS, GENESIS_RULES, loadPolicy, makePolicy } from "../../../src/index.ts";
import { AuditDouble, createDouble, DIR, type KernelDouble, startDouble } from "../../kernel-double.ts";
import { declare, genesis, rule } from "../decision/subject-of-tests.ts";

const post: ActionDeclaration = {
  ...declare("net.post", { risk: 0.5, privacy: 0.3, security: 0.4 }),
  audit: "durable",
};
const call = (more: Partial<GuardedCall<string>> = {}): GuardedCall<string> => ({
  action: "net.post",
  subject: { kind: "process", id: "7" },
  resource: "http://127.0.0.1/",
  attributes: { bytes: 12 },
  storedInput: { body: "x" },
  ...more,
});
const caller: MethodCaller = {
  subject: { kind: "principal", id: "alice" },
  role: "approver",
  signal: new AbortController().signal,
};
const alice = { principal: "alice", role: "approver" } as const;

async function withPost(init: Parameters<typeof startDouble>[0] = {}): Promise<KernelDouble> {
  const kernel = await startDouble(init);
  kernel.declarations.set("net.post", post);
  return kernel;
}

async function pendingOf(kernel: KernelDouble, more: Partial<GuardedCall<string>> = {}): Promise<string> {
  const error: unknown = await kernel.guard.perform(call(more), () => "sent").catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "APPROVAL_PENDING" });
  return (error as { details: { approval: string } }).details.approval;
}

describe("a deferred action", () => {
  it("runs once after approval, and not again", async () => {
    const kernel = await withPost();
    const approval = await pendingOf(kernel);
    let runs = 0;
    const run = (): string => `sent ${++runs}`;
    await expect(kernel.guard.perform(call({ approval }), run)).rejects.toMatchObject({ code: "APPROVAL_NOT_GRANTED" });
    await kernel.governance.approvals.approve(approval, alice);
    expect(await kernel.guard.perform(call({ approval }), run)).toBe("sent 1");
    await expect(kernel.guard.perform(call({ approval }), run)).rejects.toMatchObject({ code: "APPROVAL_USED" });
    expect(runs).toBe(1);
  });

  it.each([true, false])("runs no later once it was tried and refused, its approval named: %s", async (named) => {
    const kernel = await withPost();
    const id = await pendingOf(kernel);
    await kernel.governance.approvals.approve(id, alice);
    await kernel.stop();
    const deny = { id: "NO", description: "no", branch: "executive", severity: "blocking" } as const;
    const shut = await withPost({
      platform: kernel.platform,
      audit: kernel.audit,
      init: { policies: [makePolicy([{ ...deny, condition: { actions: ["net.post"] }, outcome: { kind: "deny" } }])] },
    });
    const again = shut.guard.perform(call(named ? { approval: id } : {}), () => "sent");
    await expect(again).rejects.toMatchObject({ code: "GOVERNANCE_DENIED" });
    expect(shut.governance.approvals.find(id)?.state).toBe("expired");
    const event = shut.audit.recorded.findLast(({ kind }) => kind === "approval.expire");
    expect(event?.payload).toMatchObject({ approval: id, was: "approved", refused: "GOVERNANCE_DENIED" });
  });

  it("is refused when it is not the one that was approved", async () => {
    const kernel = await withPost();
    const approval = await pendingOf(kernel);
    await kernel.governance.approvals.approve(approval, alice);
    const swapped = call({ approval, resource: "http://evil.example/" });
    await expect(kernel.guard.perform(swapped, () => "sent")).rejects.toMatchObject({ code: "APPROVAL_CHANGED" });
  });

  it("resumes the one who waits, and rejects it when it is denied", async () => {
    const kernel = await withPost();
    const waiting = kernel.guard.perform(call({ onDefer: "wait" }), () => "sent");
    await kernel.platform.clock.settle();
    await kernel.platform.clock.settle();
    const [first] = kernel.governance.approvals.list({ state: "pending" });
    await kernel.governance.approvals.approve(first!.id, alice);
    expect(await waiting).toBe("sent");
    const refused = kernel.guard.perform(call({ onDefer: "wait" }), () => "sent");
    const told = expect(refused).rejects.toMatchObject({ code: "APPROVAL_DENIED" });
    await kernel.platform.clock.settle();
    await kernel.platform.clock.settle();
    const [second] = kernel.governance.approvals.list({ state: "pending" });
    await kernel.governance.approvals.deny(second!.id, { ...alice, comment: "no" });
    await told;
  });

  it("leaves question, answer and use in the record, with the approver", async () => {
    const kernel = await withPost();
    const approval = await pendingOf(kernel);
    await kernel.governance.approvals.approve(approval, alice);
    await kernel.guard.perform(call({ approval }), () => "sent");
    const kinds = kernel.audit.kinds().filter((kind) => !kind.startsWith("governance.rule"));
    expect(kinds).toEqual([
      "governance.genesis",
      "governance.policy",
      "governance.defer",
      "action.intent",
      "approval.answer",
      "approval.use",
      "action.intent",
      "net.post",
    ]);
    const answer = kernel.audit.recorded.find((event) => event.kind === "approval.answer");
    const { digest } = kernel.governance.approvals.find(approval)!;
    expect(answer).toMatchObject({
      actor: { principal: "alice" },
      payload: {
        outcome: "ok",
        result: { approval, verdict: "approve", state: "approved", digest, asked: "net.post" },
      },
    });
  });

  it.each([
    undefined,
    null,
    {},
    { principal: 7, role: "admin" },
    { principal: "", role: "admin" },
    { principal: "alice" },
  ])("is not answered by %j, which is nobody", async (nobody) => {
    const kernel = await withPost();
    const approval = await pendingOf(kernel);
    await expect(kernel.governance.approvals.approve(approval, nobody as never)).rejects.toMatchObject({
      code: "APPROVAL_ROLE",
    });
    await expect(kernel.governance.approvals.deny(undefined as never, alice)).rejects.toMatchObject({
      code: "APPROVAL_NOT_FOUND",
    });
    expect(kernel.governance.approvals.find(approval)?.state).toBe("pending");
  });

  it("checks no request that cannot be read but denies it", async () => {
    const kernel = await withPost();
    for (const nothing of [undefined, null, 7, {}]) {
      expect(kernel.governance.check(nothing as never)).toMatchObject({ verdict: "deny", by: "default" });
    }
  });

  it("is not approved by its own requester, except for one person alone in development", async () => {
    const own = { subject: { kind: "principal", id: "alice", role: "operator" } as const };
    for (const [config, environment, allowed] of [
      [{}, "development", false],
      [{ solo: true }, "development", true],
      [{ solo: true }, "staging", false],
    ] as const) {
      const kernel = await withPost({ config, environment });
      const approval = await pendingOf(kernel, own);
      const answered = kernel.governance.approvals.approve(approval, alice).then(
        (done) => done.approval.state,
        (error: { code: string }) => error.code,
      );
      expect(await answered).toBe(allowed ? "approved" : "APPROVAL_OWN_REQUEST");
    }
  });

  const agent = (more: object) => ({
    pid: toPid(7),
    name: "poster",
    parent: toPid(0),
    capabilities: {} as never,
    ...more,
  });

  it("is not approved by who started the agent that asks, but by somebody else", async () => {
    const kernel = await withPost({ processes: [agent({ principal: "alice" })] });
    const id = await pendingOf(kernel, { actor: { agent: "poster" } });
    expect(kernel.governance.approvals.find(id)).toMatchObject({ principal: "alice", agent: "poster" });
    await expect(kernel.governance.approvals.approve(id, alice)).rejects.toMatchObject({
      code: "APPROVAL_OWN_REQUEST",
      message: expect.stringMatching(/poster \(process 7\), which acts for alice/),
      details: { approval: id, principal: "alice", pid: 7 },
    });
    expect(kernel.governance.approvals.find(id)?.answers).toEqual([]);
    const refusal = kernel.audit.recorded.findLast(({ kind }) => kind === "approval.answer");
    expect(refusal?.payload).toMatchObject({ outcome: "failed", error: "APPROVAL_OWN_REQUEST" });
    const by = { principal: "bob", role: "approver" } as const;
    expect((await kernel.governance.approvals.approve(id, by)).approval.state).toBe("approved");
  });

  it.each([
    ["one person alone, in any environment", { solo: true }, "staging", true],
    ["nobody else", {}, "development", false],
  ] as const)("is approved by who started the agent: %s", async (_who, config, environment, allowed) => {
    const kernel = await withPost({ config, environment, processes: [agent({ principal: "alice" })] });
    const answered = kernel.governance.approvals.approve(await pendingOf(kernel), alice).then(
      ({ approval }) => approval.state,
      (error: { code: string }) => error.code,
    );
    expect(await answered).toBe(allowed ? "approved" : "APPROVAL_OWN_REQUEST");
  });

  it("is covered by no grant of who started the agent that asks now, and is by one that somebody else gave", async () => {
    const processes = [agent({ principal: "bob" }), agent({ pid: toPid(8), principal: "alice" })];
    const kernel = await withPost({ processes });
    const standing = { kind: "child-spec", name: "poster", document: { module: "poster" } } as const;
    const of = (id: string) => ({ subject: { kind: "process", id }, actor: { agent: "poster" }, standing }) as const;
    const id = await pendingOf(kernel, of("7"));
    await kernel.governance.approvals.approve(id, { ...alice, standing: true });
    expect(await kernel.guard.perform(call(of("7")), () => "sent")).toBe("sent");
    const asked = await pendingOf(kernel, of("8"));
    expect(asked).not.toBe(id);
    await expect(kernel.guard.perform(call({ ...of("8"), approval: id }), () => "sent")).rejects.toMatchObject({
      code: "APPROVAL_NOT_GRANTED",
    });
  });

  it("is used by nobody once its answers come from who started the agent: one person was alone, and is no longer", async () => {
    const processes = [agent({ principal: "alice" })];
    const platform = memoryPlatform();
    const first = await withPost({ platform, processes, config: { solo: true } });
    const standing = { kind: "child-spec", name: "poster", document: 1 } as const;
    const asks = { actor: { agent: "poster" }, standing } as const;
    const id = await pendingOf(first, asks);
    await first.governance.approvals.approve(id, { ...alice, standing: true });
    expect(first.approvals.holds(id)).toBe(true);
    await first.stop();
    const second = await withPost({ platform, audit: first.audit, processes });
    expect(second.governance.approvals.find(id)).toMatchObject({ state: "standing", principal: "alice" });
    expect(second.approvals.holds(id)).toBe(false);
    expect(await pendingOf(second, asks)).not.toBe(id);
    const listed = await second.method("approvals.list").call({ state: "standing" }, caller);
    expect(listed).toMatchObject({ approvals: [{ id, counts: false, uncounted: ["alice"] }] });
  });

  it("is not approved by who started the agent once that has gone, also in the next kernel", async () => {
    const platform = memoryPlatform();
    const first = await withPost({ platform, processes: [agent({ principal: "alice" })] });
    const id = await pendingOf(first);
    await first.stop();
    const second = await withPost({ platform, audit: first.audit });
    await expect(second.governance.approvals.approve(id, alice)).rejects.toMatchObject({
      code: "APPROVAL_OWN_REQUEST",
    });
  });

  it("does not run by who started it alone, once that does not do, though the agent has gone", async () => {
    const platform = memoryPlatform();
    const first = await withPost({ platform, config: { solo: true }, processes: [agent({ principal: "alice" })] });
    const approval = await pendingOf(first);
    await first.governance.approvals.approve(approval, alice);
    await first.stop();
    const second = await withPost({ platform, audit: first.audit });
    await expect(second.guard.perform(call({ approval }), () => "sent")).rejects.toMatchObject({
      code: "APPROVAL_NOT_GRANTED",
    });
  });

  it("is never answered by a process", async () => {
    const kernel = await withPost();
    const id = await pendingOf(kernel);
    const asProcess = { ...caller, subject: { kind: "process", id: "7" } as const };
    await expect(kernel.method("approvals.approve").call({ id }, asProcess)).rejects.toMatchObject({
      code: "CAPABILITY_DENIED",
    });
    expect(kernel.governance.approvals.find(id)?.state).toBe("pending");
  });
});

describe("the methods", () => {
  it("list and show questions; the list does not show what only the approver sees", async () => {
    const kernel = await withPost();
    const id = await pendingOf(kernel, { display: "exactly this" });
    const list = await kernel.method("approvals.list").call({ state: "pending" }, caller);
    expect(list).toMatchObject({
      approvals: [{ id, state: "pending", action: "net.post", resource: "http://127.0.0.1/" }],
    });
    expect(JSON.stringify(list)).not.toContain("exactly this");
    expect(await kernel.method("approvals.show").call({ id }, caller)).toMatchObject({ id, display: "exactly this" });
    expect(await kernel.method("approvals.list").call({ state: "used" }, caller)).toEqual({ approvals: [] });
    await expect(kernel.method("approvals.show").call({ id: "none" }, caller)).rejects.toMatchObject({
      code: "APPROVAL_NOT_FOUND",
    });
  });

  it("approve and deny, and tell what happens next", async () => {
    const kernel = await withPost({
      after: (approval) =>
        approval.state === "approved" ? { next: "ran", outcome: "ok", error: undefined } : { next: "none" },
    });
    const first = await pendingOf(kernel);
    expect(await kernel.method("approvals.deny").call({ id: first }, caller)).toMatchObject({
      approval: { state: "denied" },
      next: "none",
    });
    const second = await pendingOf(kernel);
    expect(await kernel.method("approvals.approve").call({ id: second, comment: "fine" }, caller)).toMatchObject({
      approval: { id: second, state: "approved", answers: [{ principal: "alice", comment: "fine" }] },
      next: "ran",
      outcome: "ok",
    });
    await expect(kernel.method("approvals.deny").call({ id: "none" }, caller)).rejects.toMatchObject({
      code: "APPROVAL_NOT_FOUND",
    });
    await expect(kernel.method("approvals.deny").call({ id: 5 }, caller)).rejects.toMatchObject({
      code: "API_INVALID_PARAMS",
    });
  });

  it("let the host itself answer under the kernel's name", async () => {
    const kernel = await withPost();
    const id = await pendingOf(kernel);
    const host = { ...caller, subject: { kind: "kernel", id: "0" } as const, role: "admin" as const };
    expect(await kernel.method("approvals.approve").call({ id }, host)).toMatchObject({
      approval: { answers: [{ principal: "kernel" }] },
    });
  });

  it("list the rules in force", async () => {
    const kernel = await withPost();
    expect(await kernel.method("governance.rules").call({}, caller)).toMatchObject({
      policy: { digest: genesis.digest, genesis: genesis.digest },
      environment: { name: "development" },
    });
    expect(await createDouble().method("governance.rules").call({}, caller)).toMatchObject({ policy: null, rules: [] });
  });

  it("check an action without recording or asking anything", async () => {
    const kernel = await withPost();
    const before = kernel.audit.recorded.length;
    expect(await kernel.method("governance.check").call({ action: "net.post" }, caller)).toMatchObject({
      verdict: "defer",
      rules: [{ id: "GOV-002" }, { id: "GOV-003" }],
    });
    const unknown = { action: "no.such", subject: { kind: "process", id: "7" }, attributes: { a: 1 } };
    expect(await kernel.method("governance.check").call(unknown, caller)).toMatchObject({
      verdict: "deny",
      by: "default",
    });
    expect(kernel.audit.recorded).toHaveLength(before);
    expect(kernel.governance.approvals.list()).toEqual([]);
  });
});

describe("the law of a chain", () => {
  it("is recorded once: genesis, 22 rules, the policy; a second boot adds nothing", async () => {
    const kernel = await startDouble();
    expect(kernel.audit.kinds()).toEqual([
      "governance.genesis",
      ...GENESIS_RULES.map(() => "governance.rule"),
      "governance.policy",
    ]);
    expect(kernel.audit.recorded[0]?.payload).toMatchObject({ digest: genesis.digest, ruleCount: 22 });
    await kernel.stop();
    const second = await startDouble({ platform: kernel.platform, audit: kernel.audit });
    expect(kernel.audit.recorded).toHaveLength(24);
    expect(second.governance.policy?.genesis).toBe(genesis.digest);
  });

  it("holds no fraction in its events, and each rule whole", async () => {
    const kernel = await startDouble();
    const walk = (value: unknown): void => {
      if (typeof value === "number") expect(Number.isSafeInteger(value)).toBe(true);
      else if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) walk(inner);
    };
    for (const event of kernel.audit.recorded) walk(event.payload);
    const texts = kernel.audit.recorded
      .filter((event) => event.kind === "governance.rule")
      .map((event) => JSON.parse(String(event.payload.rule)));
    expect(makePolicy(texts).digest).toBe(genesis.digest);
  });

  it("is refused when the chain beside it is another, or gone", async () => {
    const kernel = await startDouble();
    await kernel.stop();
    const other = new AuditDouble(true, 9);
    await expect(startDouble({ platform: kernel.platform, audit: other })).rejects.toMatchObject({
      code: "GOVERNANCE_GENESIS_CHANGED",
    });
    const late = new AuditDouble();
    late.append({ source: "x", kind: "x.y", actor: {}, payload: {} });
    await expect(startDouble({ platform: kernel.platform, audit: late })).rejects.toMatchObject({
      code: "GOVERNANCE_GENESIS_CHANGED",
    });
  });

  it("is recorded anew, and stays the same law, on a chain that succeeds a damaged one", async () => {
    const kernel = await startDouble();
    await kernel.stop();
    const successor = new AuditDouble(true, 9);
    successor.continues = { chain: "00".repeat(16), size: 12, head: "00".repeat(32) };
    const second = await startDouble({ platform: kernel.platform, audit: successor });
    expect(second.governance.policy?.genesis).toBe(genesis.digest);
    expect(successor.recorded.map(({ kind, payload }) => [kind, payload])).toEqual(
      kernel.audit.recorded.map(({ kind, payload }) => [kind, payload]),
    );
    await second.stop();
    await startDouble({ platform: kernel.platform, audit: successor });
    expect(successor.recorded).toHaveLength(kernel.audit.recorded.length);
    await expect(startDouble({ platform: kernel.platform, audit: kernel.audit })).rejects.toMatchObject({
      code: "GOVERNANCE_GENESIS_CHANGED",
    });
  });

  it("is refused when the file beside the chain was changed or replaced", async () => {
    const kernel = await startDouble();
    await kernel.stop();
    const path = `${DIR}/journal/genesis`;
    const bytes = await kernel.platform.files.read(path);
    for (const forged of [
      bytes.map((byte, index) => (index === 50 ? byte ^ 1 : byte)),
      new Uint8Array(),
      new TextEncoder().encode("{}"),
    ]) {
      await kernel.platform.files.writeAtomic(path, forged);
      await expect(startDouble({ platform: kernel.platform, audit: kernel.audit })).rejects.toMatchObject({
        code: "GOVERNANCE_GENESIS_CHANGED",
        details: { path },
      });
    }
  });

  it("goes on after a crash at any step of its recording, and is recorded once", async () => {
    const trial = memoryPlatform();
    let steps = 0;
    trial.faults.watch(() => {
      steps++;
    });
    await startDouble({ platform: trial });
    for (let crashAt = 1; crashAt <= steps; crashAt++) {
      const platform = memoryPlatform();
      const audit = new AuditDouble();
      let step = 0;
      let files: ReturnType<typeof platform.faults.crash> | undefined;
      let recorded = 0;
      platform.faults.watch(() => {
        if (++step !== crashAt) return;
        files = platform.faults.crash();
        recorded = audit.recorded.length;
      });
      await startDouble({ platform, audit });
      const chain = new AuditDouble();
      chain.recorded.push(...audit.recorded.slice(0, recorded));
      const next = await startDouble({ platform: memoryPlatform({ files: files! }), audit: chain });
      expect(chain.kinds().filter((kind) => kind === "governance.genesis")).toHaveLength(1);
      expect(next.governance.policy?.digest).toBe(genesis.digest);
    }
  });

  it("is not kept on disk while the audit log lives in memory", async () => {
    const kernel = await startDouble({ audit: new AuditDouble(false) });
    expect(await kernel.platform.files.stat(`${DIR}/journal/genesis`)).toBeUndefined();
    await kernel.stop();
    await startDouble({ platform: kernel.platform, audit: new AuditDouble(false, 5) });
  });

  it("stays when the release brings other genesis rules", async () => {
    const { GenesisFile } = await import("../../../src/law/genesis-file.ts");
    const { openKeys } = await import("../../../src/approval/seal-key.ts");
    const platform = memoryPlatform();
    const keys = await openKeys(platform.files, DIR, platform.random);
    await platform.files.makeFolder(`${DIR}/journal`);
    const file = new GenesisFile({ files: platform.files, dir: DIR, key: keys.genesis, random: platform.random });
    const older = makePolicy(GENESIS_RULES.filter((one) => one.id !== "GOV-002"));
    await file.write({ amendable: false, policy: older, anchor: undefined, inForce: undefined });
    const kernel = await startDouble({ platform });
    expect(kernel.governance.policy).toEqual({ digest: older.digest, genesis: older.digest });
    expect(kernel.governance.rules()).toHaveLength(21);
    expect(kernel.reports.join()).toContain("keeps the genesis rules");
    const history = await kernel.method("governance.history").call({}, caller);
    expect(history).toMatchObject({ proposals: [{ by: "kernel", state: "proposed", set: ["GOV-002"], loosens: [] }] });
    await kernel.stop();
    const again = await startDouble({ platform, audit: kernel.audit });
    expect(await again.method("governance.history").call({}, caller)).toEqual(history);
  });
});

describe("what a deployment adds", () => {
  it("are rules of configuration and code, recorded when they come into force", async () => {
    const policy = await loadPolicy(
      '[[rules]]\nid = "FILE-1"\ndescription = "d"\nbranch = "executive"\nseverity = "blocking"\ncondition = { actions = ["demo.act"] }\noutcome = { kind = "deny" }',
      { file: "r.toml" },
    );
    const config = {
      dimensions: ["cost"],
      rules: [rule("CONF-1", { condition: { effect: { over: { cost: 0.5 } } } })],
    };
    const kernel = await startDouble({ init: { policies: [policy] }, config });
    kernel.declarations.set("demo.act", declare("demo.act"));
    kernel.declarations.set("other.act", declare("other.act", { cost: 0.6 }));
    const ask = (action: string) =>
      kernel.governance.check({ action, subject: { kind: "kernel", id: "0" }, resource: "", attributes: {} });
    expect(ask("demo.act")).toMatchObject({ verdict: "deny", rules: [{ id: "FILE-1" }] });
    expect(ask("other.act")).toMatchObject({ verdict: "deny", rules: [{ id: "CONF-1" }] });
    expect(kernel.audit.kinds().filter((kind) => kind === "governance.rule")).toHaveLength(24);
    await kernel.stop();
    await startDouble({ platform: kernel.platform, audit: kernel.audit });
    expect(kernel.audit.kinds().filter((kind) => kind === "governance.policy")).toHaveLength(2);
  });

  it("may not take the id of a genesis rule, nor name unknown things", () => {
    const create = (config: unknown) => () => createDouble({ config });
    expect(create({ rules: [rule("GOV-001")] })).toThrow(
      expect.objectContaining({ code: "GOVERNANCE_POLICY_INVALID" }),
    );
    expect(create({ rule: [] })).toThrow(expect.objectContaining({ code: "GOVERNANCE_POLICY_INVALID" }));
    expect(create({ rules: [rule("X", { condition: { effect: { over: { cost: 1 } } } })] })).toThrow(/cost/);
    expect(() => createDouble({ init: { environments: { lab: { threshold: Number.NaN } } } })).toThrow(/lab/);
    expect(() => createDouble({ environment: "lab" })).toThrow(
      expect.objectContaining({ code: "GOVERNANCE_ENVIRONMENT_UNKNOWN" }),
    );
  });

  it("are environments of their own, which are obeyed", async () => {
    const kernel = await startDouble({
      environment: "lab",
      init: { environments: { lab: { threshold: 0.1, auditLevel: "durable" } } },
      config: { environments: { lab: { threshold: 0.2, humanApproval: true } } },
    });
    kernel.declarations.set("demo.act", declare("demo.act", { risk: 0.2 }));
    kernel.declarations.set("demo.more", declare("demo.more", { risk: 0.21 }));
    expect(kernel.governance.environment).toEqual({
      name: "lab",
      activeBranches: ["legislative", "executive", "judicial"],
      threshold: 0.2,
      humanApproval: true,
      auditLevel: "durable",
      maxMagnitude: 1,
    });
    await kernel.guard.perform({ ...call(), action: "demo.act" }, () => "done");
    expect(kernel.audit.kinds().slice(-2)).toEqual(["action.intent", "demo.act"]);
    await expect(kernel.guard.perform({ ...call(), action: "demo.more" }, () => "done")).rejects.toMatchObject({
      code: "APPROVAL_PENDING",
    });
  });

  it("are rules about agents, found through the process directory", async () => {
    const capabilities = {
      canSpawn: true,
      canIpc: true,
      canExecTools: true,
      canNetwork: false,
      ipcScope: { kind: "all" },
      tools: { allow: [], deny: [] },
      files: { read: [], write: [], own: [], deny: [] },
    } as const;
    const rules = [rule("CRIT", { severity: "critical", condition: { subjects: { agents: ["bad-*"] } } })];
    const kernel = await startDouble({
      config: { rules },
      processes: [
        { pid: toPid(1), name: "bad-one", capabilities },
        { pid: toPid(2), name: "good", capabilities },
      ],
    });
    kernel.declarations.set("ipc.send", declare("ipc.send"));
    const ask = (id: string) =>
      kernel.governance.check({ action: "ipc.send", subject: { kind: "process", id }, resource: "", attributes: {} });
    expect(ask("1")).toMatchObject({ verdict: "deny", suspend: true });
    expect(ask("2")).toMatchObject({ verdict: "permit", cacheable: true });
    expect(ask("3")).toMatchObject({ verdict: "deny", by: "default" });
    expect(ask("not a number")).toMatchObject({ verdict: "deny", by: "default" });
  });
});

describe("before the start", () => {
  it("everything is denied, and the version grows with the start", async () => {
    const kernel = createDouble();
    const version = kernel.gate.version;
    expect(
      kernel.gate.decide(
        { action: "ipc.send", subject: { kind: "kernel", id: "0" }, resource: "", attributes: {} },
        declare("ipc.send"),
      ),
    ).toMatchObject({ verdict: "deny", by: "default" });
    expect(kernel.governance.policy).toBeUndefined();
    await kernel.start();
    expect(kernel.gate.version).toBeGreaterThan(version);
    expect(kernel.reports.join()).toContain("22 rules in development, 0 approvals pending");
  });

  it("answering is permitted in every environment, or nobody could be asked", async () => {
    for (const environment of Object.keys(ENVIRONMENTS)) {
      const kernel = await withPost({ environment });
      const id = await pendingOf(kernel);
      expect((await kernel.governance.approvals.deny(id, alice)).approval.state).toBe("denied");
    }
  });

  it("a torn end of the journal is cut and told", async () => {
    const kernel = await withPost();
    await pendingOf(kernel);
    await kernel.stop();
    const file = await kernel.platform.files.openAppend(`${DIR}/journal/approvals`);
    await file.write(new Uint8Array([1, 0, 0]));
    await file.sync();
    await file.close();
    const next = await startDouble({ platform: kernel.platform, audit: kernel.audit });
    expect(next.warnings.join()).toContain("torn end");
    expect(next.governance.approvals.list({ state: "pending" })).toHaveLength(1);
  });
});

describe("a standing grant", () => {
  const standing = { kind: "cron-job", name: "nightly", document: { at: "03:00", url: "http://127.0.0.1/" } } as const;
  const named = call({ standing, actor: { agent: "reporter" } });

  it("is approved once, cited by every later call, and recorded when it is revoked", async () => {
    const kernel = await withPost();
    const approval = await pendingOf(kernel, named);
    const { approval: granted } = await kernel.governance.approvals.approve(approval, { ...alice, standing: true });
    expect(granted.state).toBe("standing");
    for (const id of ["7", "8"]) {
      const again = { ...named, subject: { kind: "process", id } } as const;
      expect(await kernel.guard.perform(again, () => "sent")).toBe("sent");
      const intent = kernel.audit.recorded.findLast((event) => event.kind === "action.intent");
      expect(intent?.payload).toMatchObject({
        approval,
        reason: "covered by the standing grant of alice for the cron-job nightly",
      });
    }
    const changed = { ...named, standing: { ...standing, document: { ...standing.document, at: "04:00" } } };
    await expect(kernel.guard.perform(changed, () => "sent")).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    await kernel.governance.approvals.revoke(approval, { principal: "bob", role: "admin", comment: "no more" });
    await expect(kernel.guard.perform(named, () => "sent")).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    const revoked = kernel.audit.recorded.find((event) => event.kind === "approval.revoke");
    expect(revoked).toMatchObject({
      actor: { principal: "bob" },
      payload: { outcome: "ok", result: { approval, state: "revoked", asked: "net.post" } },
    });
  });

  it("is given and taken by methods", async () => {
    const kernel = await withPost();
    const approval = await pendingOf(kernel, named);
    await kernel.method("approvals.approve").call({ id: approval, standing: true }, caller);
    const listed = await kernel.method("approvals.list").call({ state: "standing" }, caller);
    expect(listed).toMatchObject({ approvals: [{ id: approval, standing: { kind: "cron-job", name: "nightly" } }] });
    const revoked = await kernel.method("approvals.revoke").call({ id: approval, comment: "no" }, caller);
    expect(revoked).toMatchObject({ approval: { state: "revoked" } });
    await expect(kernel.method("approvals.deny").call({ id: approval, standing: true }, caller)).rejects.toMatchObject({
      code: "API_INVALID_PARAMS",
    });
  });
});

describe("who watches approvals", () => {
  it("is told what waits, then each change, and waits no longer than asked", async () => {
    const kernel = await withPost();
    const approval = await pendingOf(kernel);
    const watch = kernel.method("approvals.watch");
    const first = await watch.call({}, caller);
    expect(first).toMatchObject({ approvals: [{ id: approval, state: "pending" }] });
    const { next } = first as { next: number };
    const changed = watch.call({ since: next, waitMs: 1000 }, caller);
    await kernel.governance.approvals.approve(approval, alice);
    expect(await changed).toEqual({
      approvals: [expect.objectContaining({ id: approval, state: "approved" })],
      next: next + 1,
    });
    const idle = watch.call({ since: next + 1, waitMs: 1000 }, caller);
    await kernel.platform.clock.advance(1000);
    expect(await idle).toEqual({ approvals: [], next: next + 1 });
  });

  it("refuses the hundred and first who would wait: told at once of nothing, they would ask again at once", async () => {
    const kernel = await startDouble();
    const watch = kernel.method("approvals.watch");
    const gone = new AbortController();
    const wait = (): Promise<unknown> => watch.call({ since: 0, waitMs: 1000 }, { ...caller, signal: gone.signal });
    const waiting = Array.from({ length: 100 }, wait);
    await expect(wait()).rejects.toMatchObject({ code: "APPROVAL_QUEUE_FULL", retryable: true });
    const ended = Promise.allSettled(waiting);
    gone.abort(new Error("enough"));
    expect((await ended).every(({ status }) => status === "rejected")).toBe(true);
    const again = new AbortController();
    const room = watch.call({ since: 0, waitMs: 1000 }, { ...caller, signal: again.signal });
    const over = expect(room).rejects.toThrow("enough");
    again.abort(new Error("enough"));
    await over;
  });

  it("of an earlier kernel is told what waits now", async () => {
    const kernel = await withPost();
    const approval = await pendingOf(kernel);
    expect(await kernel.method("approvals.watch").call({ since: 99, waitMs: 1000 }, caller)).toMatchObject({
      approvals: [{ id: approval }],
      next: 1,
    });
  });

  it("is let go by its signal, and when the kernel stops", async () => {
    const kernel = await withPost();
    await pendingOf(kernel);
    const gone = new AbortController();
    const watching = kernel
      .method("approvals.watch")
      .call({ since: 1, waitMs: 1000 }, { ...caller, signal: gone.signal });
    gone.abort(new Error("gone"));
    await expect(watching).rejects.toThrow("gone");
    const other = kernel.method("approvals.watch").call({ since: 1, waitMs: 1000 }, caller);
    await kernel.stop();
    expect(await other).toMatchObject({ approvals: [] });
  });
});

describe("many small risky actions", () => {
  it("add up for the agent over its restarts, until they leave the window", async () => {
    const stop = rule("SUM", { condition: { accumulated: { over: { risk: 1 }, windowMs: 60_000 } } });
    const processes = [7, 8].map((pid) => ({ pid: toPid(pid), name: "tidy", capabilities: {} as never }));
    const kernel = await startDouble({ init: { policies: [makePolicy([stop])] }, processes });
    kernel.declarations.set("demo.act", { ...declare("demo.act", { risk: 0.4 }), accumulates: true });
    const act = (id: string) =>
      kernel.guard.perform(
        { action: "demo.act", subject: { kind: "process", id }, resource: "x", attributes: {} },
        () => "done",
      );
    expect(await act("7")).toBe("done");
    expect(await act("8")).toBe("done");
    await expect(act("7")).rejects.toMatchObject({ code: "GOVERNANCE_DENIED", details: { rules: ["SUM"] } });
    await kernel.platform.clock.advance(60_001);
    expect(await act("7")).toBe("done");
  });
});

describe("a question to people by name", () => {
  it("is answered by nobody else, whatever their role, also after a restart", async () => {
    const named = rule("NAMED", {
      condition: { actions: ["demo.act"] },
      outcome: { kind: "defer", approvers: ["alice", "bob"], quorum: 2 },
    });
    const kernel = await startDouble({ init: { policies: [makePolicy([named])] } });
    kernel.declarations.set("demo.act", declare("demo.act"));
    const approval = await pendingOf(kernel, { action: "demo.act" });
    const eve = { principal: "eve", role: "admin" } as const;
    await expect(kernel.governance.approvals.approve(approval, eve)).rejects.toMatchObject({ code: "APPROVAL_ROLE" });
    await kernel.governance.approvals.approve(approval, alice);
    await kernel.stop();
    const again = await startDouble({ init: { policies: [makePolicy([named])] }, platform: kernel.platform });
    await expect(again.governance.approvals.approve(approval, eve)).rejects.toMatchObject({ code: "APPROVAL_ROLE" });
    const { approval: after } = await again.governance.approvals.approve(approval, { ...alice, principal: "bob" });
    expect(after.state).toBe("approved");
  });
});

describe("a configuration that permits beyond the law", () => {
  it("is told at boot by its rules; one that restricts is not", async () => {
    const permit = rule("CFG-1", { outcome: { kind: "permit" } });
    const loud = await startDouble({ init: { policies: [makePolicy([permit])] } });
    expect(loud.reports).toContain("the configuration permits beyond the law of this chain: CFG-1");
    const quiet = await startDouble({
      init: { policies: [makePolicy([rule("CFG-2", { condition: { actions: ["x.y"] } })])] },
    });
    expect(quiet.reports.join()).not.toContain("beyond the law");
  });
});

describe("an environment that is laxer than its name says", () => {
  it("is told at boot, as are branches that are not asked; one that is stricter is not", async () => {
    const boot = async (environment: string, numbers: object) => {
      const config = { environments: { [environment]: numbers } };
      return (await startDouble({ environment, config })).reports.join("\n");
    };
    expect(await boot("production", { threshold: 10, maxMagnitude: 10, activeBranches: ["executive"] })).toContain(
      "the configuration makes production laxer than it is built in: threshold, maxMagnitude, activeBranches",
    );
    expect(await boot("lab", { activeBranches: ["executive", "judicial"] })).toContain(
      "no rule of the legislative branch is asked in lab",
    );
    const strict = await boot("production", { threshold: 0.1 });
    expect(strict).not.toContain("laxer");
    expect(strict).not.toContain("is asked in");
  });
});

describe("a rule beside the law", () => {
  it.each(["GOV-001", "gov-001"])("is refused by the name of one that the genesis has: %s", async (id) => {
    const started = startDouble({ config: { rules: [rule(id)] } });
    await expect(started).rejects.toMatchObject({ code: "GOVERNANCE_POLICY_INVALID", details: { rule: id } });
  });
});

describe("a configured rule with a typing error in a name", () => {
  it("is told at boot with the name; patterns and known names are not", async () => {
    const typed = rule("TYPED", {
      condition: { actions: ["fs.remvoe", "fs.*"], environments: ["prodction", "staging"] },
    });
    const right = rule("RIGHT", { condition: { actions: ["principal.add"], environments: ["production"] } });
    const kernel = await startDouble({ config: { rules: [typed, right] } });
    expect(kernel.reports).toContain(
      "the configuration names what nobody declares so far: rule TYPED names the action fs.remvoe; rule TYPED names the environment prodction",
    );
    const quiet = await startDouble({ config: { rules: [right] } });
    expect(quiet.reports.join()).not.toContain("nobody declares");
  });
});
