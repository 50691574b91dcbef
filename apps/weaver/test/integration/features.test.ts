import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exochain } from "@weftos/exochain";
import { governance, makePolicy } from "@weftos/governance";
import { ipc } from "@weftos/ipc";
import { process } from "@weftos/process";
import { integrationContract } from "@weftos/testkit/integration";
import { tools } from "@weftos/tools";
import { defineAgent, type Kernel } from "weftos";
import { commands } from "../../src/commands/command-table.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/events.md"), "utf8");
const common = { commands: commands.flatMap((command) => ("method" in command ? [command.method] : [])), page };

const patient = defineAgent({
  name: "patient",
  async run(agent) {
    for await (const message of agent.inbox) if (message.deadline !== undefined) await agent.reply(message, "done");
  },
});

async function spawned(kernel: Kernel): Promise<{ pid: number }> {
  const { pid } = await kernel.process.spawn(patient);
  return { pid };
}

integrationContract("@weftos/process", {
  ...common,
  feature: () => process(),
  methods: {
    "agent.stop": spawned,
    "agent.restart": spawned,
    "agent.suspend": spawned,
    "agent.resume": async (kernel) => {
      const { pid } = await kernel.process.spawn(patient);
      await kernel.process.suspend(pid);
      return { pid };
    },
  },
});

integrationContract("@weftos/ipc", {
  ...common,
  feature: () => ipc(),
  methods: { "agent.send": async (kernel) => ({ ...(await spawned(kernel)), payload: "hello" }) },
});

async function redactable(kernel: Kernel): Promise<{ sequence: number; reason: string }> {
  for await (const { sequence } of kernel.exochain.query({ kind: "governance.*" }))
    return { sequence, reason: "a test" };
  throw new Error("no event to redact");
}

integrationContract("@weftos/exochain", {
  ...common,
  feature: () => exochain(),
  methods: {
    "chain.checkpoint": () => ({}),
    "chain.export": () => ({ format: "json", output: "/exported/events.jsonl" }),
    "chain.redact": redactable,
    "chain.rotate-keys": () => ({ reason: "a test" }),
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

integrationContract("@weftos/governance", {
  ...common,
  feature: () => governance(),
  methods: { "approvals.approve": asked, "approvals.deny": asked },
});

// The tester may read without being asked: the rule of the network is not this test's.
integrationContract("@weftos/tools", {
  ...common,
  feature: () => tools(),
  features: () => [governance({ policies: [makePolicy([])] })],
  methods: { "tool.call": () => ({ name: "fs.read_dir", input: { path: "/" } }) },
  withoutCommand: { "tool.call": "tools are for agents; a program calls them through the socket" },
});
