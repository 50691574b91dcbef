// A whole kernel with people: on whose authority agents act, what warnings reach, how signed answers and grants hold.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ed25519, toHex } from "@weftos/crypto";
import { answerStatement, governance } from "@weftos/governance";
import type { JsonObject, JsonValue } from "@weftos/interface";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defineAction, defineAgent, Kernel } from "weftos";
import { runIn } from "../unit/commands/fake-terminal.ts";
import { oneRule } from "./fixtures/one-rule.ts";

const anything = {
  "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value: value as JsonValue }) },
} as const;
const host = { subject: { kind: "kernel", id: "0" }, role: "admin", signal: new AbortController().signal } as const;
const ann = ed25519.signer(new Uint8Array(32).fill(3));
const echo = defineAgent({
  name: "echo",
  async run(agent) {
    for await (const message of agent.inbox) await agent.reply(message, message.payload);
  },
});
const act = (kernel: { readonly methods: Kernel["methods"] }, method: string, input: JsonObject) =>
  kernel.methods.call(method, input, host);

describe("once a state directory has an owner", () => {
  it("every event names them beside the agent or the kernel, but for what the log says of itself", async () => {
    const kernel = await Kernel.boot();
    await act(kernel, "principal.add", { name: "ann", role: "admin", key: toHex(ann.publicKey), owner: true });
    const { events: from } = kernel.exochain.status();
    const { pid } = await kernel.process.spawn(echo);
    await expect(kernel.tools.call({ kind: "process", id: String(pid) }, "fs.stat", { path: "/" })).rejects.toThrow();
    await kernel.services.register("echo", { kind: "process", pid });
    await kernel.process.stop(pid);
    await kernel.exochain.flush();
    const found = new Map<string, unknown>();
    for await (const { kind, actor } of kernel.exochain.query({ from })) found.set(kind, actor.principal);
    for (const own of ["chain.digest", "resource.reconcile"]) found.delete(own);
    expect([...found.keys()]).toEqual(
      expect.arrayContaining([
        "agent.spawn",
        "governance.deny",
        "service.register",
        "service.unregister",
        "agent.exit",
      ]),
    );
    expect(new Set(found.values())).toEqual(new Set(["ann"]));
    await kernel.shutdown();
  });
});

describe("the record of an action", () => {
  it("names the agent's parents up to the kernel, the branches of its rules and how it was decided", async () => {
    const kernel = await Kernel.boot();
    const child = defineAgent({
      name: "child",
      async run(agent) {
        await agent.spawn(echo);
        for await (const message of agent.inbox) await agent.reply(message, "done");
      },
    });
    const parent = defineAgent({
      name: "parent",
      async run(agent) {
        const { pid } = await agent.spawn(child, { capabilities: { canSpawn: true } });
        await agent.request(pid, "are you there?");
        for await (const message of agent.inbox) await agent.reply(message, "done");
      },
    });
    const { pid } = await kernel.process.spawn(parent, { capabilities: { canSpawn: true } });
    await kernel.ipc.request(pid, "are you there?", { timeoutMs: 5000 });
    await kernel.exochain.flush();
    let sequence = -1;
    for await (const event of kernel.exochain.query({ kind: "agent.spawn" })) sequence = event.sequence;
    expect(await act(kernel, "action.show", { id: sequence })).toMatchObject({
      agent: "child",
      parents: [
        { pid, agent: "parent" },
        { pid: 0, agent: "kernel" },
      ],
      action: "process.spawn",
      rules: ["GOV-006"],
      branches: ["executive"],
    });
    await kernel.shutdown();
  });
});

describe("what rules want known", () => {
  it("reaches the caller before the action runs", async () => {
    const warn = oneRule("MIND", ["demo.act"], "warn");
    const told: string[] = [];
    const demo = defineAction({
      name: "demo.act",
      input: anything,
      effect: {},
      audit: "logged",
      run: () => void told.push("ran"),
    });
    const kernel = await Kernel.boot({ actions: [demo], features: [governance({ policies: [warn] })] });
    const as = { kind: "kernel", id: "0" } as const;
    await kernel.perform(demo, {}, { as, onWarnings: (warnings) => void told.push(...warnings) });
    expect(told).toEqual(["MIND: wants warn", "ran"]);
    await kernel.shutdown();
  });
});

describe("an approval of what a job asked for", () => {
  it("lets the kernel run it once, under the job as it was shown; the next run asks anew", async () => {
    const asks = oneRule("LOOK", ["fs.read"], "defer");
    const kernel = await Kernel.boot({ features: [governance({ policies: [asks] })] });
    const as = { kind: "principal", id: "tom", role: "admin" } as const;
    const target = { tool: "fs.stat", input: { path: "/" } } as const;
    await kernel.ipc.cron.add({ name: "look", schedule: { everyMs: 3_600_000 }, target }, { as });
    const { waits = "", ...run } = await kernel.ipc.cron.run("look", { as });
    expect(run).toMatchObject({ outcome: "failed", error: "APPROVAL_PENDING" });
    const by = { principal: "ada", role: "approver" } as const;
    const { after } = await kernel.governance.approvals.approve(waits, by);
    expect(after).toEqual({ next: "ran", outcome: "ok", error: undefined });
    const next = await kernel.ipc.cron.run("look", { as });
    expect(next.waits).not.toBe(waits);
    expect(kernel.governance.approvals.find(next.waits ?? "")?.state).toBe("pending");
    await kernel.shutdown();
  });
});

describe("an approval by the command line", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "weaver-authority-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is signed with the owner's key, and by nobody who has none", async () => {
    await runIn(folder, "init", "--environment", "development");
    const dir = join(folder, ".weftos");
    const send = defineAction({
      name: "net.send",
      input: anything,
      effect: { risk: 0.1 },
      audit: "durable",
      role: "viewer",
      run: () => "sent",
    });
    const kernel = await Kernel.boot({ dir, config: true, actions: [send] });
    const asked = kernel.perform(send, { to: "moon" }, { as: { kind: "principal", id: "tom", role: "admin" } });
    await expect(asked).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    const [question] = kernel.governance.approvals.list({ state: "pending" });
    const { id = "", digest = "" } = question ?? {};
    const forged = answerStatement({ approval: id, digest, verdict: "approve", standing: false, comment: "" });
    const signature = ann.sign(forged);
    const by = { principal: "owner", role: "admin", signature } as const;
    await expect(kernel.governance.approvals.approve(id, by)).rejects.toMatchObject({ code: "GOVERNANCE_SIGNATURE" });
    await kernel.shutdown();
    expect(await runIn(folder, "approvals", "approve", id, "--as", "nobody")).toMatchObject({ code: 2 });
    const { code, out } = await runIn(folder, "approvals", "approve", id, "--comment", "go");
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("approved") });
    const shown = await runIn(folder, "approvals", "show", id, "--json");
    expect(JSON.parse(shown.out)).toMatchObject({
      answers: [{ principal: "owner", comment: "go", signature: expect.stringMatching(/^[0-9a-f]{128}$/) }],
    });
  });
});

describe("who was revoked", () => {
  it("holds nothing any more, whatever role a host gives, nor does what they asked for run", async () => {
    const ran: string[] = [];
    const pay = defineAction({
      name: "net.pay",
      input: anything,
      effect: { risk: 0.1 },
      audit: "durable",
      role: "viewer",
      run: () => void ran.push("paid"),
    });
    const kernel = await Kernel.boot({ actions: [pay] });
    const bob = ed25519.signer(new Uint8Array(32).fill(4));
    const add = (name: string, key: Uint8Array) =>
      act(kernel, "principal.add", { name, role: "admin", branches: ["executive"], key: toHex(key) });
    await add("ann", ann.publicKey);
    await add("bob", bob.publicKey);
    const as = { kind: "principal", id: "ann", role: "admin" } as const;
    await expect(kernel.perform(pay, {}, { as })).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    await act(kernel, "principal.revoke", { name: "ann" });
    await expect(kernel.perform(pay, {}, { as })).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
    const [question] = kernel.governance.approvals.list({ state: "pending" });
    const { id = "", digest = "" } = question ?? {};
    const statement = answerStatement({ approval: id, digest, verdict: "approve", standing: false, comment: "" });
    const by = { principal: "bob", role: "admin", signature: bob.sign(statement) } as const;
    const { after } = await kernel.governance.approvals.approve(id, by);
    expect({ after, ran }).toMatchObject({ after: { next: "ran", outcome: "failed" }, ran: [] });
    await kernel.shutdown();
  });
});

describe("what an agent asks", () => {
  const send = defineAction({
    name: "net.send",
    input: anything,
    effect: { risk: 0.1 },
    audit: "durable",
    rights: ["network"],
    run: () => "sent",
  });

  it("is on record in the name of who started it, who does not answer it", async () => {
    const kernel = await Kernel.boot({ actions: [send] });
    const bob = ed25519.signer(new Uint8Array(32).fill(4));
    const signers = { ann, bob } as const;
    const add = (name: keyof typeof signers) => ({
      name,
      role: "admin",
      branches: ["executive"],
      key: toHex(signers[name].publicKey),
      owner: name === "ann",
    });
    await act(kernel, "principal.add", add("ann"));
    await act(kernel, "principal.add", add("bob"));
    const caller = { ...host, subject: { kind: "principal", id: "bob" } } as const;
    const module = new URL("./fixtures/waits.ts", import.meta.url).href;
    const spawned = await kernel.methods.call("agent.spawn", { module, capabilities: { canNetwork: true } }, caller);
    expect(spawned).toMatchObject({ principal: "bob" });
    const { pid } = spawned as { pid: number };
    expect(await act(kernel, "agent.list", {})).toMatchObject({
      agents: expect.arrayContaining([expect.objectContaining({ pid, principal: "bob" })]),
    });
    const as = { kind: "process", id: String(pid) } as const;
    await expect(kernel.perform(send, { to: "moon" }, { as })).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    const [{ id = "", digest = "" } = {}] = kernel.governance.approvals.list({ state: "pending" });
    const statement = answerStatement({ approval: id, digest, verdict: "approve", standing: false, comment: "" });
    const by = (principal: keyof typeof signers) =>
      ({ principal, role: "admin", signature: signers[principal].sign(statement) }) as const;
    await expect(kernel.governance.approvals.approve(id, by("bob"))).rejects.toMatchObject({
      code: "APPROVAL_OWN_REQUEST",
    });
    // Its starter is known after its end, too: what was approved then runs without it.
    await kernel.process.kill(pid as never);
    expect((await kernel.governance.approvals.approve(id, by("ann"))).after).toMatchObject({
      next: "ran",
      outcome: "ok",
    });
    await kernel.exochain.flush();
    expect(await act(kernel, "action.show", { id })).toMatchObject({ principal: "bob", agent: "waits", outcome: "ok" });
    for await (const { kind, actor } of kernel.exochain.query({ kind: "agent.exit" }))
      expect([kind, actor.principal]).toEqual(["agent.exit", "bob"]);
    await kernel.shutdown();
  });
});

describe("what a kernel stands on", () => {
  it("cannot be redacted: the law, who is known, and what ended; everything else can", async () => {
    const kernel = await Kernel.boot();
    await act(kernel, "principal.add", { name: "ann", role: "admin", key: toHex(ann.publicKey) });
    const first = async (kind: string): Promise<number> => {
      for await (const { sequence } of kernel.exochain.query({ kind })) return sequence;
      throw new Error(`no ${kind}`);
    };
    for (const kind of ["governance.genesis", "governance.rule", "governance.policy", "principal.add"]) {
      const redacted = act(kernel, "chain.redact", { sequence: await first(kind), reason: "asked for" });
      await expect(redacted).rejects.toMatchObject({ code: "CHAIN_REDACTION_REFUSED" });
    }
    const sequence = await first("kernel.*");
    expect(await act(kernel, "chain.redact", { sequence, reason: "asked for" })).toMatchObject({ sequence });
    await kernel.shutdown();
  });
});
