import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ed25519, toHex } from "@weftos/crypto";
import { exochain } from "@weftos/exochain";
import { amendmentStatement, consentStatement, governance, makePolicy, rotationStatement } from "@weftos/governance";
import type { JsonObject } from "@weftos/interface";
import { ipc } from "@weftos/ipc";
import { process } from "@weftos/process";
import { integrationContract } from "@weftos/testkit/integration";
import { tools } from "@weftos/tools";
import { defineAgent, type Kernel, type Pid } from "weftos";
import { commands } from "../../src/commands/command-table.ts";
import { oneRule } from "./fixtures/one-rule.ts";
import patient from "./fixtures/patient.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/events.md"), "utf8");
const common = { commands: commands.flatMap((command) => ("method" in command ? [command.method] : [])), page };

async function spawned(kernel: Kernel): Promise<{ pid: number }> {
  const { pid } = await kernel.process.spawn(patient);
  return { pid };
}

integrationContract("@weftos/process", {
  ...common,
  feature: () => process(),
  methods: {
    "agent.stop": spawned,
    "agent.forget": () => ({ agents: ["clerk"] }),
    "agent.restart": spawned,
    "agent.suspend": spawned,
    "agent.resume": async (kernel) => {
      const { pid } = await kernel.process.spawn(patient);
      await kernel.process.suspend(pid);
      return { pid };
    },
    "agent.spawn": () => ({ module: new URL("./fixtures/patient.ts", import.meta.url).href }),
    "agent.grant": async (kernel) => ({ ...(await spawned(kernel)), rights: { canNetwork: true } }),
    "agent.revoke": async (kernel) => ({ ...(await spawned(kernel)), rights: { canIpc: false } }),
    "agent.elevate": async (kernel) => ({ ...(await spawned(kernel)), rights: { canNetwork: true }, forMs: 1000 }),
    "budget.grant": async (kernel) => {
      const { pid } = await kernel.process.spawn(patient, { budget: { tokens: 1 } });
      return { pid, amounts: { tokens: 1 } };
    },
  },
});

integrationContract("@weftos/ipc", {
  ...common,
  feature: () => ipc(),
  methods: {
    "agent.send": async (kernel) => ({ ...(await spawned(kernel)), payload: "hello" }),
    "ipc.publish": () => ({ topic: "news", payload: "hello" }),
    "ipc.subscribe": () => ({ pattern: "news.*" }),
    "ipc.dead-letters.replay": async (kernel) => ({ id: await undelivered(kernel), ...(await spawned(kernel)) }),
    "ipc.dead-letters.purge": async (kernel) => {
      await undelivered(kernel);
      return { reason: "target-exited" };
    },
    "cron.add": () => ({ job: beat }),
    "cron.edit": async (kernel) => ({ ...(await scheduled(kernel)), change: { missed: "once" } }),
    "cron.enable": scheduled,
    "cron.disable": scheduled,
    "cron.run": scheduled,
    "cron.remove": scheduled,
  },
});

const beat = { name: "beat", schedule: { everyMs: 60_000 }, target: { topic: "beat" } } as const;

async function scheduled(kernel: Kernel): Promise<{ job: string }> {
  await kernel.ipc.cron.add(beat);
  return { job: beat.name };
}

/** Leaves a dead letter: what waits for a process that ends. */
async function undelivered(kernel: Kernel): Promise<string> {
  const { pid } = await spawned(kernel);
  await kernel.process.suspend(pid as Pid);
  await kernel.ipc.send(pid as Pid, "too late");
  await kernel.process.kill(pid as Pid);
  return kernel.ipc.deadLetters.list()[0]?.id ?? "none";
}

/** Leaves an intent, which no feature reads at a boot. */
async function redactable(kernel: Kernel): Promise<{ sequence: number; reason: string }> {
  await did(kernel, "principal.token", { name: "nobody" }).catch(() => undefined);
  for await (const { sequence } of kernel.exochain.query({ kind: "action.intent" }))
    return { sequence, reason: "a test" };
  throw new Error("no event to redact");
}

const onApps = { path: "/apps", subject: "principal:ada" } as const;

integrationContract("@weftos/exochain", {
  ...common,
  feature: () => exochain(),
  methods: {
    "chain.checkpoint": () => ({}),
    "chain.export": () => ({ format: "json", output: "/exported/events.jsonl" }),
    "chain.redact": redactable,
    "chain.rotate-keys": () => ({ reason: "a test" }),
    "resource.acl.allow": () => ({ ...onApps, permissions: ["read"] }),
    "resource.acl.deny": () => ({ ...onApps, permissions: ["*"] }),
    "resource.acl.remove": async (kernel) => {
      const entry = { effect: "allow", subject: onApps.subject, permissions: ["read"] } as const;
      await kernel.exochain.tree.changeAccess(onApps.path, { add: [entry] });
      return onApps;
    },
    "resource.delegate": () => ({ path: "/apps", to: "principal:ada", permissions: ["read"] }),
    "resource.revoke": async (kernel) => {
      const [last] = await kernel.exochain.tail(1);
      const expiresAt = (last?.time ?? 0) + 60_000;
      const wish = { path: "/apps", to: "principal:ada", permissions: ["read"], expiresAt } as const;
      return { id: (await kernel.exochain.tree.delegate(wish)).id };
    },
  },
});

async function asked(kernel: Kernel): Promise<{ id: string }> {
  const agent = await kernel.process.spawn(patient, { capabilities: { canNetwork: true, tools: { allow: ["*"] } } });
  const subject = { kind: "process", id: String(agent.pid) } as const;
  const call = kernel.tools.call(subject, "http.post", { url: "http://127.0.0.1:9/", body: "x" });
  await call.catch(() => undefined);
  const [question] = kernel.governance.approvals.list({ state: "pending" });
  return { id: question?.id ?? "none" };
}

/** Whom the suite calls as; what a case prepares is done by the host itself. */
const tester = "contract-tester";
const host = { subject: { kind: "kernel", id: "0" }, role: "admin" } as const;
const signer = ed25519.signer(new Uint8Array(32).fill(7));
const key = toHex(signer.publicKey);

function did(kernel: Kernel, method: string, input: JsonObject): ReturnType<Kernel["methods"]["call"]> {
  return kernel.methods.call(method, input, { ...host, signal: new AbortController().signal });
}

async function known(kernel: Kernel, name: string): Promise<{ name: string }> {
  const branches = name === tester ? ["legislative"] : [];
  await did(kernel, "principal.add", { name, role: "admin", branches, key });
  if (name !== tester) {
    const other = toHex(ed25519.signer(new Uint8Array(32).fill(8)).publicKey);
    await did(kernel, "principal.add", { name: "another", role: "admin", key: other });
  }
  return { name };
}

const newLaw = {
  text: '[[rules]]\nid = "NEW"\ndescription = "new"\nbranch = "legislative"\nseverity = "blocking"\ncondition = { actions = ["x.y"] }\noutcome = { kind = "deny" }\n',
  file: "law.toml",
  reason: "a test",
};

async function proposed(kernel: Kernel): Promise<{ id: string }> {
  const { id } = (await did(kernel, "amendment.propose", newLaw)) as { id: string };
  return { id };
}

async function signature(kernel: Kernel): Promise<{ id: string; principal: string; signature: string }> {
  await known(kernel, tester);
  const { id } = await proposed(kernel);
  const statement = amendmentStatement(kernel.governance.policy?.genesis ?? "", id);
  return { id, principal: tester, signature: toHex(signer.sign(statement)) };
}

/** A parent that asks to start a child, which the rule below puts before a person. */
const parent = defineAgent({
  name: "parent",
  async run(agent) {
    await agent.spawn(patient).catch(() => undefined);
    for await (const message of agent.inbox) await agent.reply(message, "done");
  },
});
const asksForChildren = oneRule("CHILDREN", ["process.spawn"], "defer", {
  condition: { actions: ["process.spawn"], subjects: { kinds: ["process"] } },
});

async function granted(kernel: Kernel): Promise<{ id: string }> {
  await kernel.process.spawn(parent, { capabilities: { canSpawn: true } });
  await did(kernel, "approvals.watch", { since: 0, waitMs: 10_000 });
  const { id } = await asked(kernel);
  await kernel.governance.approvals.approve(id, { principal: "ada", role: "approver", standing: true });
  return { id };
}

async function chainOf(kernel: Parameters<typeof did>[0]): Promise<string> {
  return ((await did(kernel, "principal.list", {})) as { readonly chain: string }).chain;
}

integrationContract("@weftos/governance", {
  ...common,
  feature: () => governance({ policies: [asksForChildren] }),
  methods: {
    "approvals.approve": asked,
    "approvals.deny": asked,
    "approvals.revoke": granted,
    "principal.add": () => ({ name: "ann", role: "admin", key, owner: true }),
    "principal.revoke": (kernel) => known(kernel, "ann"),
    "principal.rotate": async (kernel) => {
      await known(kernel, "ann");
      const next = toHex(ed25519.signer(new Uint8Array(32).fill(9)).publicKey);
      const statement = rotationStatement({ chain: await chainOf(kernel), name: "ann", key: next });
      return { name: "ann", key: next, signature: toHex(signer.sign(statement)) };
    },
    "principal.token": async (kernel) => {
      const { name } = await known(kernel, "ann");
      const at = (await kernel.exochain.tail(1))[0]?.time ?? 0;
      const statement = consentStatement({ chain: await chainOf(kernel), action: "token", name, at });
      return { name, consents: [{ principal: name, at, signature: toHex(signer.sign(statement)) }] };
    },
    "amendment.propose": () => newLaw,
    "amendment.rehearse": proposed,
    "amendment.sign": signature,
    "amendment.enact": async (kernel) => {
      const signed = await signature(kernel);
      await did(kernel, "amendment.rehearse", { id: signed.id });
      await did(kernel, "amendment.sign", { ...signed });
      return { id: signed.id };
    },
    "judicial.review": () => ({}),
    "judicial.stay": () => ({ rule: "GOV-006", reason: "a test" }),
    "judicial.lift": async (kernel) => {
      await did(kernel, "judicial.stay", { rule: "GOV-006", reason: "a test" });
      return { rule: "GOV-006" };
    },
    "judicial.suspend": async (kernel) => ({ ...(await spawned(kernel)), reason: "a test" }),
    "environment.add": () => ({ name: "lab", environment: { threshold: 0.5 } }),
    "environment.switch": () => ({ name: "staging" }),
  },
});

// The tester may read without being asked: the rule of the network is not this test's.
integrationContract("@weftos/tools", {
  ...common,
  feature: () => tools(),
  features: () => [governance({ policies: [makePolicy([])] })],
  methods: { "tool.call": () => ({ name: "fs.read_dir", input: { path: "/" } }) },
  withoutCommand: { "tool.call": "tools are for agents; a program calls them through the socket" },
});
