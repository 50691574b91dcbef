// A whole kernel under a law: what a plain agent may in each environment, rules from files, and a chain that is read though its
// law is refused.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { governance } from "@weftos/governance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defineAgent, Kernel } from "weftos";
import { runIn } from "../unit/commands/fake-terminal.ts";
import { oneRule } from "./fixtures/one-rule.ts";

const echo = defineAgent({
  name: "echo",
  async run(agent) {
    for await (const message of agent.inbox) await agent.reply(message, message.payload);
  },
});
const parent = defineAgent({
  name: "parent",
  async run(agent) {
    for await (const message of agent.inbox) {
      const { pid } = await agent.spawn(echo);
      await agent.reply(message, (await agent.request(pid, message.payload)).payload);
    }
  },
});

describe("a plain agent", () => {
  it.each(["development", "staging", "production"])(
    "spawns, requests and replies in %s, and nobody is asked",
    async (environment) => {
      const kernel = await Kernel.boot({ environment });
      expect(kernel.environment).toBe(environment);
      const { pid } = await kernel.process.spawn(parent, { capabilities: { canSpawn: true } });
      const answer = await kernel.ipc.request(pid, "are you there?", { timeoutMs: 5000 });
      expect(answer.payload).toBe("are you there?");
      expect(kernel.decisions).toMatchObject({ defer: 0, deny: 0 });
      expect(kernel.governance.approvals.list()).toEqual([]);
      await kernel.shutdown();
    },
  );
});

describe("a critical rule", () => {
  it("refuses an agent and suspends it, until an operator resumes it; the record says so", async () => {
    const never = oneRule("NEVER", ["process.spawn"], "deny", {
      branch: "judicial",
      severity: "critical",
      condition: { actions: ["process.spawn"], subjects: { kinds: ["process"] } },
    });
    const kernel = await Kernel.boot({ features: [governance({ policies: [never] })] });
    let refused = (_error: unknown): void => {};
    const asked = new Promise<unknown>((resolve) => {
      refused = resolve;
    });
    const stubborn = defineAgent({
      name: "stubborn",
      async run(agent) {
        await agent.spawn(echo).catch(refused);
        for await (const message of agent.inbox) await agent.reply(message, "still here");
      },
    });
    const { pid } = await kernel.process.spawn(stubborn, { capabilities: { canSpawn: true } });
    expect(await asked).toMatchObject({ code: "GOVERNANCE_DENIED", details: { rules: ["GOV-006", "NEVER"] } });
    expect(kernel.process.find(pid)?.state).toBe("suspended");
    await kernel.exochain.flush();
    const denied: unknown[] = [];
    for await (const { payload } of kernel.exochain.query({ kind: "governance.deny" })) denied.push(payload);
    expect(denied).toEqual([
      expect.objectContaining({
        rules: ["GOV-006", "NEVER"],
        branches: ["executive", "judicial"],
        obligations: ["suspend"],
      }),
    ]);
    kernel.process.resume(pid);
    expect((await kernel.ipc.request(pid, "are you there?", { timeoutMs: 5000 })).payload).toBe("still here");
    await kernel.shutdown();
  });
});

const toml = (id: string, action: string): string =>
  `[[rules]]\nid = "${id}"\ndescription = "d"\nbranch = "executive"\nseverity = "blocking"\ncondition = { actions = ["${action}"] }\noutcome = { kind = "deny" }\n`;

describe("policy files beside weave.toml", () => {
  let folder: string;
  const weaver = (...words: string[]) => runIn(folder, ...words);
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "weaver-law-"));
    mkdirSync(join(folder, "policies"));
    writeFileSync(join(folder, "policies/a.toml"), toml("FILE-A", "chain.checkpoint"));
    writeFileSync(
      join(folder, "weave.toml"),
      '[kernel]\nenvironment = "staging"\n\n[governance]\nsolo = true\npolicies = ["policies/*.toml"]\n',
    );
    expect(await weaver("init")).toMatchObject({ code: 0 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("bind, and are listed with the others", async () => {
    expect((await weaver("governance", "rules")).out).toContain("FILE-A");
    expect((await weaver("governance", "status")).out).toMatch(/beside it +1 rule of policies\/a\.toml/);
    expect(await weaver("chain", "checkpoint")).toMatchObject({ code: 1, err: expect.stringContaining("FILE-A") });
  });

  it("stop the boot by both places when two have one id; the chain can be read all the same", async () => {
    writeFileSync(join(folder, "policies/b.toml"), `${toml("FILE-B", "x.y")}\n${toml("file-a", "x.y")}`);
    const { code, err } = await weaver("governance", "rules");
    expect(code).toBe(1);
    expect(err).toContain(
      "policies/b.toml:9: rule file-a: expected an id that no other rule has, got that of FILE-A of policies/a.toml:1",
    );
    expect(err).toMatch(/hint: the chain can still be read: weaver chain tail/);
    for (const words of [
      ["chain", "tail"],
      ["chain", "verify"],
      ["chain", "status"],
      ["chain", "query", "--kind", "governance.*"],
      ["action", "show", "1"],
    ])
      expect({ words, ...(await weaver(...words)) }).toMatchObject({ code: 0 });
    rmSync(join(folder, "policies/b.toml"));
    expect(await weaver("governance", "rules")).toMatchObject({ code: 0 });
  });

  it("name file, line and rule of a mistake, and the configuration those of its own rules", async () => {
    writeFileSync(join(folder, "policies/b.toml"), toml("FILE-B", "x.y").replace("executive", "royal"));
    expect((await weaver("governance", "status")).err).toContain(
      "rule FILE-B: policies/b.toml:4: rules[0].branch: expected one of",
    );
    rmSync(join(folder, "policies/b.toml"));
    const config = join(folder, "weave.toml");
    const text =
      '[governance]\nsolo = true\n\n[[governance.rules]]\nid = "CFG"\ndescription = "d"\nbranch = "executive"\nseverity = "blocking"\ncondition = { effect = { over = { cost = 1 } } }\noutcome = { kind = "deny" }\n';
    writeFileSync(config, text);
    expect((await weaver("governance", "status")).err).toMatch(
      /weave\.toml:9: governance\.rules\[0\]\.condition\.effect\.over\.cost: /,
    );
  });
});
