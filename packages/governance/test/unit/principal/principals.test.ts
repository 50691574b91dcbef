import { toHex } from "@weftos/crypto";
import { type MethodCaller, toPid } from "@weftos/interface";
import { allFiles, memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { makePolicy } from "../../../src/index.ts";
import { AuditDouble, DIR, type KernelDouble, startDouble } from "../../kernel-double.ts";
import { admin, consent, host, keyOf, known, rotation, signedBy } from "../../people.ts";
import { declare, rule } from "../decision/subject-of-tests.ts";

const asks = makePolicy([rule("ASK", { condition: { actions: ["demo.act"] }, outcome: { kind: "defer", quorum: 1 } })]);
const viewer: MethodCaller = { ...admin, subject: { kind: "principal", id: "guest" }, role: "approver" };

async function asked(kernel: KernelDouble, resource = "x"): Promise<{ readonly id: string; readonly digest: string }> {
  kernel.declarations.set("demo.act", declare("demo.act"));
  const call = { action: "demo.act", subject: { kind: "process", id: "7" }, resource, attributes: {} } as const;
  await kernel.guard.perform(call, () => "done").catch(() => undefined);
  const { id, digest } = kernel.governance.approvals.list({ state: "pending" }).at(-1)!;
  return { id, digest };
}

const start = (more: Parameters<typeof startDouble>[0] = {}) => startDouble({ init: { policies: [asks] }, ...more });

describe("principals", () => {
  it("are added, given a new key and revoked by an admin, and each change is recorded with who made it", async () => {
    const kernel = await start();
    await known(kernel, "ann", "admin", ["judicial", "executive", "judicial"]);
    expect(kernel.governance.principals.find("ann")).toMatchObject({
      role: "admin",
      branches: ["executive", "judicial"],
    });
    await kernel.method("principal.rotate").call(rotation("ann", keyOf("ann 2")), host);
    expect(kernel.governance.principals.find("ann")).toMatchObject({
      key: keyOf("ann 2"),
      formerKeys: [{ key: keyOf("ann") }],
    });
    await known(kernel, "bob");
    await kernel.method("principal.revoke").call({ name: "bob" }, host);
    const recorded = kernel.audit.recorded.filter(({ kind }) => kind.startsWith("principal."));
    expect(recorded.map(({ kind }) => kind)).toEqual([
      "principal.add",
      "principal.rotate",
      "principal.add",
      "principal.revoke",
    ]);
    expect(recorded[0]).toMatchObject({
      actor: { pid: 0 },
      payload: { outcome: "ok", result: { name: "ann", key: keyOf("ann"), branches: ["executive", "judicial"] } },
    });
  });

  it.each<[string, string, object]>([
    ["a name that is taken", "principal.add", { name: "ann", role: "viewer", key: keyOf("other") }],
    ["a key that somebody has", "principal.add", { name: "bob", role: "viewer", key: keyOf("ann") }],
    ["a key that is no point", "principal.add", { name: "bob", role: "viewer", key: "ff".repeat(32) }],
    ["a key of small order", "principal.rotate", rotation("ann", `01${"00".repeat(31)}`)],
    ["its own key as a new one", "principal.rotate", rotation("ann", keyOf("ann"))],
    ["the end of the last admin", "principal.revoke", { name: "ann" }],
  ])("refuse %s", async (_, method, input) => {
    const kernel = await start();
    await known(kernel, "ann", "admin");
    await expect(kernel.method(method).call(input, host)).rejects.toMatchObject({
      code: "GOVERNANCE_PRINCIPAL_CONFLICT",
    });
    expect(kernel.governance.principals.list()).toHaveLength(1);
  });

  it("say first that a name is taken, whoever consents", async () => {
    const kernel = await start();
    for (const name of ["ann", "bob"]) await known(kernel, name, "admin");
    const again = { name: "ann", role: "approver", branches: ["executive"], key: keyOf("other") };
    const caller = { ...admin, subject: { kind: "principal", id: "bob", role: "admin" } } as const;
    await expect(kernel.method("principal.add").call(again, caller)).rejects.toMatchObject({
      code: "GOVERNANCE_PRINCIPAL_CONFLICT",
      details: { reason: "the name is taken, also when its principal was revoked" },
    });
  });

  it("begin with an owner who can add others, unless the host's own code adds somebody else", async () => {
    const kernel = await start({ config: { solo: true } });
    expect(kernel.reports).toContainEqual(expect.stringMatching(/^nobody is known yet, .*begin with an owner/));
    const caller = { ...admin, subject: { kind: "principal", id: "owner", role: "admin" } } as const;
    const add = kernel.method("principal.add");
    const bob = { name: "bob", role: "approver", branches: ["executive"], key: keyOf("bob") } as const;
    for (const first of [bob, { ...bob, role: "admin" }, { ...bob, owner: true }])
      await expect(add.call(first, caller)).rejects.toMatchObject({
        code: "GOVERNANCE_PRINCIPAL_CONFLICT",
        details: {
          principal: "bob",
          reason: expect.stringMatching(/^nobody is known yet, and the first must be an owner/),
        },
      });
    expect(kernel.audit.recorded.findLast(({ kind }) => kind === "principal.add")?.payload).toMatchObject({
      outcome: "failed",
      error: "GOVERNANCE_PRINCIPAL_CONFLICT",
    });
    await add.call({ ...bob, name: "ann", key: keyOf("ann"), role: "admin", owner: true }, caller);
    await add.call(bob, { ...admin, subject: { kind: "principal", id: "ann", role: "admin" } });
    expect(kernel.governance.principals.list().map(({ name }) => name)).toEqual(["ann", "bob"]);
    const hosted = await start();
    await hosted.method("principal.add").call(bob, host);
    expect(hosted.governance.principals.find("bob")?.state).toBe("active");
  });

  it("refuse a second owner, and changes to who is not known or was revoked", async () => {
    const kernel = await start();
    const add = (name: string) =>
      kernel.method("principal.add").call({ name, role: "admin", key: keyOf(name), owner: true }, host);
    await add("ann");
    await expect(add("bob")).rejects.toMatchObject({ code: "GOVERNANCE_PRINCIPAL_CONFLICT" });
    await known(kernel, "eve");
    await kernel.method("principal.revoke").call({ name: "eve" }, host);
    for (const name of ["eve", "zoe"]) {
      for (const [method, input] of [
        ["principal.revoke", { name }],
        ["principal.rotate", rotation(name, keyOf("new"))],
        ["principal.token", { name }],
      ] as const)
        await expect(kernel.method(method).call(input, host)).rejects.toMatchObject({
          code: "GOVERNANCE_PRINCIPAL_UNKNOWN",
        });
    }
  });

  it("survive a crash at every step of a change: all of it, or none", async () => {
    const count = await stepsOf();
    for (let crashAt = 1; crashAt <= count; crashAt++) {
      const kernel = await start();
      await known(kernel, "ann");
      let after: Promise<KernelDouble> | undefined;
      let step = 0;
      kernel.platform.faults.watch(() => {
        if (++step !== crashAt) return;
        const files = kernel.platform.faults.crash();
        // The chain ends at the crash, too.
        const chain = new AuditDouble();
        chain.recorded.push(...kernel.audit.recorded);
        after = start({ platform: memoryPlatform({ clock: kernel.platform.clock, files, seed: 5 }), audit: chain });
      });
      await kernel.method("principal.rotate").call(rotation("ann", keyOf("ann 2")), host);
      const found = (await after)?.governance.principals.find("ann");
      expect([keyOf("ann"), keyOf("ann 2")]).toContain(found?.key);
    }
  });

  it("keep no token, no secret and no name readable on disk, and end the token before", async () => {
    const kernel = await start();
    await known(kernel, "annabelle");
    const issue = async () =>
      (await kernel.method("principal.token").call({ name: "annabelle" }, host)) as { token: string };
    const { token } = await issue();
    for (const [path, bytes] of await allFiles(kernel.platform.files, DIR)) {
      const text = new TextDecoder("latin1").decode(bytes);
      for (const secret of [token, "annabelle"]) expect(text, path).not.toContain(secret);
    }
    expect(JSON.stringify(kernel.audit.recorded)).not.toContain(token);
    const { token: second } = await issue();
    expect(kernel.governance.principals.byToken(token)).toBeUndefined();
    expect(kernel.governance.principals.byToken(second)?.name).toBe("annabelle");
    await kernel.method("principal.rotate").call(rotation("annabelle", keyOf("annabelle 2")), host);
    expect(kernel.governance.principals.byToken(second)).toBeUndefined();
  });

  it("stop the boot when their journal was changed", async () => {
    const kernel = await start();
    await known(kernel, "ann");
    await kernel.stop();
    const { files } = kernel.platform;
    const path = `${DIR}/journal/principals`;
    const bytes = await files.read(path);
    const changed = bytes.slice();
    // The seal is broken while the framing of the log still holds only where its checksum is not looked at first.
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    await files.writeAtomic(path, changed);
    const again = start({ platform: kernel.platform, audit: kernel.audit });
    await expect(
      again.then((other) => other.governance.principals.find("ann") ?? Promise.reject(new Error("gone"))),
    ).rejects.toThrow();
  });
});

async function stepsOf(): Promise<number> {
  const kernel = await start();
  await known(kernel, "ann");
  let steps = 0;
  kernel.platform.faults.watch(() => void steps++);
  await kernel.method("principal.rotate").call(rotation("ann", keyOf("ann 2")), host);
  expect(steps).toBeGreaterThan(0);
  return steps;
}

describe("an action that waits for a person", () => {
  it("is one question, however often it is called again; each call that waits is one of its own", async () => {
    const kernel = await start();
    const first = await asked(kernel);
    expect((await asked(kernel)).id).toBe(first.id);
    const { approvals } = kernel.governance;
    expect(approvals.list({ state: "pending" })).toHaveLength(1);
    const call = { action: "demo.act", subject: { kind: "process", id: "7" }, resource: "x", attributes: {} } as const;
    const waiting = [1, 2].map(() => kernel.guard.perform({ ...call, onDefer: "wait" }, () => "done"));
    while (approvals.list({ state: "pending" }).length < 3) await Promise.resolve();
    for (const { id } of approvals.list({ state: "pending" }))
      await approvals.approve(id, { principal: "ann", role: "approver" });
    expect(await Promise.all(waiting)).toEqual(["done", "done"]);
  });
});

describe("once somebody is known, an answer", () => {
  it("counts with the signature of a known approver, whoever carries it here, and is recorded as theirs", async () => {
    const kernel = await start();
    await known(kernel, "ann");
    const approval = await asked(kernel);
    const signature = toHex(signedBy("ann", approval, "approve", { comment: "seen" }));
    await kernel
      .method("approvals.approve")
      .call({ id: approval.id, principal: "ann", signature, comment: "seen" }, viewer);
    const [answer] = kernel.governance.approvals.find(approval.id)?.answers ?? [];
    expect(answer).toMatchObject({ principal: "ann", verdict: "approve", signature });
    expect(kernel.audit.recorded.at(-1)).toMatchObject({ kind: "approval.answer", actor: { principal: "ann" } });
  });

  it.each<[string, string, (approval: { id: string; digest: string }) => object]>([
    ["none", "GOVERNANCE_PRINCIPAL_UNKNOWN", () => ({ principal: "ann" })],
    ["that of another", "GOVERNANCE_SIGNATURE", (of) => ({ principal: "ann", signature: toHex(signedBy("bob", of)) })],
    [
      "one for the other verdict",
      "GOVERNANCE_SIGNATURE",
      (of) => ({ principal: "ann", signature: toHex(signedBy("ann", of, "deny")) }),
    ],
    [
      "one for a single approval, made a standing one",
      "GOVERNANCE_SIGNATURE",
      (of) => ({ principal: "ann", standing: true, signature: toHex(signedBy("ann", of)) }),
    ],
    [
      "one with another comment",
      "GOVERNANCE_SIGNATURE",
      (of) => ({ principal: "ann", comment: "x", signature: toHex(signedBy("ann", of)) }),
    ],
    [
      "one of another question",
      "GOVERNANCE_SIGNATURE",
      (of) => ({ principal: "ann", signature: toHex(signedBy("ann", { ...of, digest: "00".repeat(32) })) }),
    ],
    [
      "one of who is not known",
      "GOVERNANCE_PRINCIPAL_UNKNOWN",
      (of) => ({ principal: "zoe", signature: toHex(signedBy("zoe", of)) }),
    ],
    [
      "one of another branch",
      "GOVERNANCE_BRANCH",
      (of) => ({ principal: "eve", signature: toHex(signedBy("eve", of)) }),
    ],
    ["one of a lesser role", "APPROVAL_ROLE", (of) => ({ principal: "tom", signature: toHex(signedBy("tom", of)) })],
  ])("with %s is refused, and recorded under the name of who brought it", async (_, code, given) => {
    const kernel = await start();
    await known(kernel, "ann");
    await known(kernel, "bob");
    await known(kernel, "eve", "admin", ["judicial"]);
    await known(kernel, "tom", "operator");
    const approval = await asked(kernel);
    const call = kernel.method("approvals.approve").call({ id: approval.id, ...given(approval) }, viewer);
    await expect(call).rejects.toMatchObject({ code: expect.stringMatching(`${code}|CAPABILITY_DENIED`) });
    expect(kernel.governance.approvals.find(approval.id)?.state).toBe("pending");
    const recorded = kernel.audit.recorded.at(-1);
    expect(recorded?.actor.principal).toBe(code === "APPROVAL_ROLE" ? "tom" : "guest");
  });

  it("cannot be replayed for another question, nor given twice by one person", async () => {
    const kernel = await start();
    await known(kernel, "ann");
    const first = await asked(kernel);
    const signature = signedBy("ann", first);
    const by = { principal: "ann", role: "approver", signature } as const;
    await kernel.governance.approvals.approve(first.id, by);
    const second = await asked(kernel, "y");
    await expect(kernel.governance.approvals.approve(second.id, by)).rejects.toMatchObject({
      code: "GOVERNANCE_SIGNATURE",
    });
    await expect(kernel.governance.approvals.approve(first.id, by)).rejects.toMatchObject({
      code: "APPROVAL_NOT_PENDING",
    });
  });

  it("of a host without a signature is refused, whatever role it gives", async () => {
    const kernel = await start();
    await known(kernel, "ann");
    const { id } = await asked(kernel);
    const call = kernel.governance.approvals.approve(id, { principal: "ann", role: "admin" });
    await expect(call).rejects.toMatchObject({ code: "GOVERNANCE_SIGNATURE" });
  });

  it("signed with a key that was replaced is refused", async () => {
    const kernel = await start();
    await known(kernel, "ann");
    const approval = await asked(kernel);
    await kernel.method("principal.rotate").call(rotation("ann", keyOf("ann 2")), admin);
    const old = { principal: "ann", role: "approver", signature: signedBy("ann", approval) } as const;
    await expect(kernel.governance.approvals.approve(approval.id, old)).rejects.toMatchObject({
      code: "GOVERNANCE_SIGNATURE",
    });
  });
});

describe("what one's own agents ask", () => {
  it.each([
    ["ann", "approved"],
    ["bob", "APPROVAL_OWN_REQUEST"],
  ] as const)("is answered in a kernel of one person by its owner alone, started by %s: %s", async (name, outcome) => {
    const agent = { pid: toPid(7), name: "poster", capabilities: {} as never, principal: name };
    const kernel = await start({ config: { solo: true }, environment: "staging", processes: [agent] });
    const owner = { name: "ann", role: "admin", branches: ["executive"], key: keyOf("ann"), owner: true };
    await kernel.method("principal.add").call(owner, host);
    await known(kernel, "bob", "approver", ["executive"]);
    const approval = await asked(kernel);
    const by = { principal: name, role: "approver", signature: signedBy(name, approval) } as const;
    const answered = kernel.governance.approvals.approve(approval.id, by).then(
      (done) => done.approval.state,
      (error: { code: string }) => error.code,
    );
    expect(await answered).toBe(outcome);
  });
});

describe("branches in one hand", () => {
  it("are told at boot", async () => {
    const kernel = await start();
    const solo = { name: "solo", role: "admin", key: keyOf("solo"), owner: true } as const;
    await kernel.method("principal.add").call({ ...solo, branches: ["legislative", "executive", "judicial"] }, host);
    await kernel.stop();
    const again = await start({ platform: kernel.platform, audit: kernel.audit });
    expect(again.reports).toContain("the branches are not separated: solo holds executive, judicial, legislative");
    await again.stop();
    const alone = await startDouble({ platform: again.platform, audit: again.audit, config: { solo: true } });
    expect(alone.reports).toContainEqual(
      expect.stringMatching(
        /^the branches are not separated: .*; solo may approve what the agents ask that solo started$/,
      ),
    );
  });
});

describe("keys of others beside the kernel", () => {
  it("are told at boot and in the status, until they are gone", async () => {
    const kernel = await start();
    const owner = { name: "own", role: "admin", branches: ["judicial"], key: keyOf("own"), owner: true };
    await kernel.method("principal.add").call(owner, host);
    await known(kernel, "ann", "approver", ["executive"]);
    await known(kernel, "law", "admin", ["legislative"]);
    const { files } = kernel.platform;
    await files.makeFolder(`${DIR}/keys/principals`);
    for (const name of ["own", "ann"])
      await files.writeAtomic(`${DIR}/keys/principals/${name}.ed25519`, new Uint8Array(32));
    const note = "the branches are not separated: the keys of ann lie beside the kernel";
    const status = kernel.method("governance.status");
    expect(await status.call({}, admin)).toMatchObject({ separated: false, note });
    await kernel.stop();
    const again = await start({ platform: kernel.platform, audit: kernel.audit });
    expect(again.reports).toContain(note);
    await files.remove(`${DIR}/keys/principals/ann.ed25519`);
    expect(await again.method("governance.status").call({}, admin)).toMatchObject({ separated: true, note: null });
  });
});

describe("a branch", () => {
  const as = (name: string) => ({ ...admin, subject: { kind: "principal", id: name, role: "admin" } }) as const;

  it("is handed out, taken over and taken away only by those who hold it", async () => {
    const kernel = await start();
    await known(kernel, "law", "admin", ["legislative"]);
    await known(kernel, "exe", "admin", ["executive"]);
    for (const [method, input] of [
      ["principal.add", { name: "mole", role: "admin", branches: ["legislative"], key: keyOf("mole") }],
      ["principal.revoke", { name: "law" }],
      ["principal.token", { name: "law" }],
    ] as const) {
      await expect(kernel.method(method).call(input, as("exe"))).rejects.toMatchObject({ code: "GOVERNANCE_BRANCH" });
      expect(kernel.audit.recorded.at(-1)).toMatchObject({
        kind: method,
        actor: { principal: "exe" },
        payload: { error: "GOVERNANCE_BRANCH" },
      });
    }
    const rotate = kernel.method("principal.rotate");
    for (const input of [
      rotation("law", keyOf("mole"), "mole"),
      rotation("law", keyOf("mole"), "exe"),
      rotation("law", keyOf("law 2"), "law", "03".repeat(32)),
    ])
      await expect(rotate.call(input, as("exe"))).rejects.toMatchObject({ code: "GOVERNANCE_SIGNATURE" });
    await rotate.call(rotation("law", keyOf("law 2")), as("exe"));
    expect(kernel.governance.principals.find("law")?.key).toBe(keyOf("law 2"));
    const jane = { name: "jane", role: "approver", branches: ["judicial"], key: keyOf("jane") };
    expect(await kernel.method("principal.add").call(jane, as("exe"))).toMatchObject({ branches: ["judicial"] });
  });
});

describe("those who hold a branch together", () => {
  const as = (name: string) => ({ ...admin, subject: { kind: "principal", id: name, role: "admin" } }) as const;
  const mole = { name: "mole", role: "admin", branches: ["legislative", "executive"], key: keyOf("mole") } as const;
  const refused = { code: "GOVERNANCE_SIGNATURE" };

  async function three(): Promise<{ kernel: KernelDouble; now: number }> {
    const kernel = await start();
    for (const name of ["ann", "bob", "tom"]) await known(kernel, name, "admin", ["legislative", "executive"]);
    return { kernel, now: kernel.platform.clock.now() };
  }

  it("let nobody in without more than half of them", async () => {
    const { kernel, now } = await three();
    const add = kernel.method("principal.add");
    const of = { action: "add", name: "mole", gives: mole } as const;
    const day = 86_400_001;
    for (const consents of [
      [],
      [consent("ann", of, now)],
      [consent("mole", of, now)],
      [consent("bob", of, now + day)],
      [consent("bob", { ...of, name: "other" }, now)],
      [consent("bob", { ...of, gives: { ...mole, branches: ["executive"] } }, now)],
      [consent("bob", { ...of, gives: { ...mole, key: keyOf("other") } }, now)],
      [consent("bob", { ...of, action: "revoke" }, now)],
      [consent("bob", of, now, "03".repeat(32))],
      [{ ...consent("ann", of, now), principal: "bob" }],
    ]) {
      await expect(add.call({ ...mole, consents }, as("ann"))).rejects.toMatchObject(refused);
    }
    expect(kernel.governance.principals.find("mole")).toBeUndefined();
    await add.call({ ...mole, consents: [consent("bob", of, now)] }, as("ann"));
    expect(kernel.governance.principals.find("mole")).toMatchObject({ state: "active" });
  });

  it("take no legislator away without more than half of the legislators, and none stays against their will", async () => {
    const { kernel, now } = await three();
    const revoke = kernel.method("principal.revoke");
    await expect(revoke.call({ name: "bob" }, as("ann"))).rejects.toMatchObject(refused);
    const consents = [consent("tom", { action: "revoke", name: "bob" }, now)];
    expect(await revoke.call({ name: "bob", consents }, as("ann"))).toMatchObject({ state: "revoked" });
    expect(await revoke.call({ name: "ann" }, as("ann"))).toMatchObject({ state: "revoked" });
  });

  it("get tokens for themselves alone", async () => {
    const { kernel, now } = await three();
    const token = kernel.method("principal.token");
    await expect(token.call({ name: "bob" }, as("ann"))).rejects.toMatchObject(refused);
    const other = [consent("tom", { action: "token", name: "bob" }, now)];
    await expect(token.call({ name: "bob", consents: other }, as("ann"))).rejects.toMatchObject(refused);
    const consents = [consent("bob", { action: "token", name: "bob" }, now)];
    for (const [name, by, more] of [
      ["ann", "ann", {}],
      ["bob", "ann", { consents }],
    ] as const)
      expect(await token.call({ name, ...more }, as(by))).toMatchObject({ name });
    // A consent is for one token: whoever keeps it does not come by the next.
    await kernel.platform.clock.advance(1000);
    await expect(token.call({ name: "bob", consents }, as("ann"))).rejects.toMatchObject(refused);
    const again = [consent("bob", { action: "token", name: "bob" }, now + 1000)];
    expect(await token.call({ name: "bob", consents: again }, as("ann"))).toMatchObject({ name: "bob" });
  });

  it("get one token alone by a consent that is dated ahead, and by none that is far ahead", async () => {
    const { kernel, now } = await three();
    const token = kernel.method("principal.token");
    const ahead = (ms: number) => [consent("bob", { action: "token", name: "bob" }, now + ms)];
    await expect(token.call({ name: "bob", consents: ahead(300_001) }, as("ann"))).rejects.toMatchObject(refused);
    const consents = ahead(300_000);
    expect(await token.call({ name: "bob", consents }, as("ann"))).toMatchObject({ name: "bob" });
    await kernel.platform.clock.advance(1000);
    for (const old of [consents, ahead(200_000)])
      await expect(token.call({ name: "bob", consents: old }, as("ann"))).rejects.toMatchObject(refused);
    const later = [...ahead(300_001), consent("tom", { action: "token", name: "bob" }, now + 301_000)];
    expect(await token.call({ name: "bob", consents: later }, as("ann"))).toMatchObject({ name: "bob" });
    // What others sign uses nobody's consents up.
    const next = await token.call({ name: "bob", consents: ahead(300_002) }, as("ann"));
    expect(next).toMatchObject({ name: "bob" });
  });
});

describe("the owner", () => {
  it("is revoked only once another admin has a token to go on with", async () => {
    const kernel = await start();
    const ann = { name: "ann", role: "admin", key: keyOf("ann"), owner: true };
    await kernel.method("principal.add").call(ann, host);
    await known(kernel, "bob", "admin");
    const revoke = () => kernel.method("principal.revoke").call({ name: "ann" }, host);
    await expect(revoke()).rejects.toMatchObject({ code: "GOVERNANCE_PRINCIPAL_CONFLICT" });
    await kernel.method("principal.token").call({ name: "bob" }, host);
    expect(await revoke()).toMatchObject({ state: "revoked" });
  });
});

describe("while nobody is known", () => {
  it("a name without a signature answers for nobody but the caller, and a signature is nobody's", async () => {
    const two = makePolicy([
      rule("ASK", { condition: { actions: ["demo.act"] }, outcome: { kind: "defer", quorum: 2 } }),
    ]);
    const kernel = await start({ init: { policies: [two] } });
    const approval = await asked(kernel);
    const approve = kernel.method("approvals.approve");
    for (const principal of ["ann", "bob"]) await approve.call({ id: approval.id, principal }, admin);
    expect(kernel.governance.approvals.find(approval.id)).toMatchObject({
      state: "pending",
      answers: [{ principal: "owner" }],
    });
    const signature = toHex(signedBy("ann", approval));
    await expect(approve.call({ id: approval.id, principal: "ann", signature }, admin)).rejects.toMatchObject({
      code: "GOVERNANCE_PRINCIPAL_UNKNOWN",
    });
  });
});

describe("a journal of principals that lost what the chain recorded", () => {
  it("stops the boot: nobody comes back, and nobody becomes unknown", async () => {
    const kernel = await start();
    await known(kernel, "ann");
    const { files } = kernel.platform;
    const path = `${DIR}/journal/principals`;
    const before = await files.read(path);
    await kernel.method("principal.revoke").call({ name: "ann" }, host);
    await kernel.stop();
    for (const bytes of [before, undefined]) {
      if (bytes === undefined) await files.remove(path);
      else await files.writeAtomic(path, bytes);
      const again = start({ platform: kernel.platform, audit: kernel.audit });
      await expect(again).rejects.toMatchObject({ code: "GOVERNANCE_JOURNAL_BROKEN" });
    }
  });

  it("does not let the answers of who was revoked count", async () => {
    const two = makePolicy([
      rule("ASK", { condition: { actions: ["demo.act"] }, outcome: { kind: "defer", quorum: 2 } }),
    ]);
    const kernel = await start({ init: { policies: [two] } });
    for (const name of ["ann", "bob"]) await known(kernel, name);
    const approval = await asked(kernel);
    for (const name of ["ann", "bob"]) {
      const by = { principal: name, role: "approver", signature: signedBy(name, approval) } as const;
      await kernel.governance.approvals.approve(approval.id, by);
    }
    await kernel.method("principal.revoke").call({ name: "ann" }, host);
    const call = { action: "demo.act", subject: { kind: "process", id: "7" }, resource: "x", attributes: {} } as const;
    const run = kernel.guard.perform({ ...call, approval: approval.id }, () => "done");
    await expect(run).rejects.toMatchObject({ code: "APPROVAL_NOT_GRANTED" });
  });
});

describe("a question to two people", () => {
  it("goes on when one of them is revoked, until two answers count, also over a restart", async () => {
    const policies = [
      makePolicy([rule("ASK", { condition: { actions: ["demo.act"] }, outcome: { kind: "defer", quorum: 2 } })]),
    ];
    const kernel = await start({ init: { policies } });
    for (const name of ["ann", "bob", "tom"]) await known(kernel, name);
    const approval = await asked(kernel);
    const approve = async (of: typeof kernel, principal: string) => {
      const signature = signedBy(principal, approval);
      return (await of.governance.approvals.approve(approval.id, { principal, role: "approver", signature })).approval;
    };
    expect((await approve(kernel, "ann")).state).toBe("pending");
    await kernel.method("principal.revoke").call({ name: "ann" }, host);
    expect(await approve(kernel, "bob")).toMatchObject({ state: "pending", answers: [{ principal: "bob" }] });
    await kernel.stop();
    const again = await start({ init: { policies }, platform: kernel.platform, audit: kernel.audit });
    for (const one of kernel.declarations.values()) again.declarations.set(one.name, one);
    expect(await approve(again, "tom")).toMatchObject({ state: "approved" });
    const call = { action: "demo.act", subject: { kind: "process", id: "7" }, resource: "x", attributes: {} } as const;
    expect(await again.guard.perform({ ...call, approval: approval.id }, () => "done")).toBe("done");
  });
});

describe("rules that became stricter", () => {
  it("bind what was approved before: too few answers, a lesser role, others by name", async () => {
    const kernel = await start();
    await known(kernel, "ann");
    const standing = { kind: "manifest", name: "m", document: {} } as const;
    const draft = {
      request: { action: "demo.act", subject: { kind: "process", id: "7" }, resource: "x", attributes: {} },
      display: "x",
      input: undefined,
      rights: null,
      agent: "tidy",
      standing,
    } as const;
    const terms = {
      verdict: "defer",
      reason: "r",
      rules: [],
      policy: "",
      to: "approver",
      quorum: 1,
      expiresMs: 60_000,
    } as const;
    const approval = await kernel.approvals.ask(draft, terms);
    const signature = signedBy("ann", approval, "approve", { standing: true });
    const by = { principal: "ann", role: "approver", verdict: "approve", standing: true, signature } as const;
    await kernel.approvals.answer(approval.id, by);
    expect(kernel.approvals.covering(draft, terms)?.id).toBe(approval.id);
    expect([kernel.approvals.holds(approval.id), kernel.approvals.holds(approval.id, terms)]).toEqual([true, true]);
    const grants = () => kernel.method("approvals.list").call({ state: "standing" }, host);
    expect(await grants()).toMatchObject({ approvals: [{ id: approval.id, counts: true, uncounted: [] }] });
    for (const stricter of [{ quorum: 2 }, { to: "admin" as const }, { approvers: ["bob"] }]) {
      expect(kernel.approvals.covering(draft, { ...terms, ...stricter })).toBeUndefined();
      expect(kernel.approvals.holds(approval.id, { ...terms, ...stricter })).toBe(false);
      const redeemed = kernel.approvals.redeem(approval.id, draft, { ...terms, ...stricter });
      await expect(redeemed).rejects.toMatchObject({ code: "APPROVAL_NOT_GRANTED" });
    }
    await known(kernel, "bob");
    await kernel.method("principal.revoke").call({ name: "ann" }, host);
    expect(kernel.approvals.covering(draft, terms)).toBeUndefined();
    expect(kernel.approvals.holds(approval.id)).toBe(false);
    expect(await grants()).toMatchObject({ approvals: [{ id: approval.id, counts: false, uncounted: ["ann"] }] });
    const anew = await kernel.approvals.ask(draft, terms);
    const answer = { ...by, principal: "bob", signature: signedBy("bob", anew, "approve", { standing: true }) };
    await kernel.approvals.answer(anew.id, answer);
    expect(kernel.approvals.covering(draft, terms)?.id).toBe(anew.id);
  });
});
