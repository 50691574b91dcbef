import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Workplace, workplace } from "./weaver-process.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Answers with what is left of its budget. */
const CLERK = `export default { kind: "agent", name: "clerk", messages: undefined, async run(agent) {
  agent.log.info("the clerk began");
  for await (const message of agent.inbox) {
    if (message.payload === "spend") await agent.budget.spend({ tokens: 30 }).catch(() => agent.log.warn("spent out"));
    if (message.deadline !== undefined) await agent.reply(message, await agent.budget.remaining());
  }
} };`;

let weaver: Workplace;
beforeAll(async () => {
  weaver = workplace();
  mkdirSync(join(weaver.folder, "agents"));
  writeFileSync(join(weaver.folder, "agents", "clerk.mjs"), CLERK);
  expect((await weaver.run("kernel", "start")).code).toBe(0);
});
afterAll(() => weaver.close());

const spawned = async (...words: string[]): Promise<Record<string, unknown>> => {
  const { code, value } = await weaver.json("agent", "spawn", "./agents/clerk.mjs", ...words);
  expect({ code, value }).toMatchObject({ code: 0 });
  return value;
};

describe("agents on the command line", () => {
  it("are spawned from a path here, with rights, limits and a budget, granted, revoked and elevated", async () => {
    const { pid } = await spawned(
      "--name",
      "one",
      "--cap",
      "tool:fs.read",
      "--cap",
      "read:./agents",
      "--limit",
      "wall=1h",
    );
    const id = String(pid);
    const files = join(weaver.folder, "agents");
    const granted = await weaver.json("agent", "grant", id, "--cap", "network", "--cap", "write:agents");
    expect(granted.value.capabilities).toMatchObject({ canNetwork: true, files: { read: [files], write: [files] } });
    const revoked = await weaver.json("agent", "revoke", id, "--cap", "network,tool:fs.read");
    expect(revoked.value.capabilities).toMatchObject({ canNetwork: false, tools: { allow: [] } });
    const raised = await weaver.json("agent", "elevate", id, "--cap", "network", "--for", "600", "--reason", "test");
    expect(raised.value).toMatchObject({ capabilities: { canNetwork: true }, until: expect.any(Number) });
    const told = await weaver.run("agent", "inspect", id);
    expect(told.out).toContain("wall 3600 s");
    expect(told.out).toContain("memory, cpu: not held here");
    writeFileSync(join(weaver.folder, "filed.agent.toml"), 'module = "./agents/clerk.mjs"');
    const filed = await weaver.json("agent", "spawn", "filed", "--parent", "one");
    expect(filed.value).toMatchObject({ name: "filed", parent: pid });
  });

  it("say what they write, and show in the tree and in one picture of top without a terminal", async () => {
    const { pid } = await spawned("--name", "two", "--backend", "worker");
    await weaver.json("agent", "send", String(pid), "hello");
    expect((await weaver.run("agent", "send", "two", "hello")).code).toBe(0);
    const unknown = await weaver.run("agent", "logs", "77777");
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("PROCESS_NOT_FOUND") });
    expect((await weaver.run("agent", "logs", "two")).out).toContain("the clerk began");
    expect((await weaver.run("agent", "stop", "nobody")).code).toBe(2);
    expect((await weaver.run("agent", "logs", String(pid))).out).toMatch(/info +two\[\d+\] +the clerk began/);
    expect((await weaver.run("agent", "tree")).out).toContain("two");
    const picture = await weaver.run("agent", "top");
    expect(picture.code).toBe(0);
    expect(picture.out).toMatch(/PID +AGENT +STATE +ACTIVITY/);
    expect(picture.out).not.toContain("\u001b");
    const { value } = await weaver.json("agent", "top", "--once");
    expect(value.agents).toEqual(expect.arrayContaining([expect.objectContaining({ name: "two", backend: "worker" })]));
  });

  it("keep their budget through kill -9 of the kernel, and spend none of it twice", async () => {
    const { pid } = await spawned("--name", "saver", "--budget", "tokens=100,money=1.25", "--restart", "permanent");
    await weaver.json("agent", "send", String(pid), "spend");
    expect((await weaver.json("budget", "grant", String(pid), "tokens=5,money=0.000001")).code).toBe(0);
    const lock = JSON.parse(readFileSync(join(weaver.dir, "run", "lock"), "utf8")) as { processId: number };
    process.kill(lock.processId, "SIGKILL");
    expect((await weaver.run("kernel", "start")).code).toBe(0);
    const { value } = await weaver.json("budget", "tree");
    const mine = (value.accounts as { owner: string }[]).filter(({ owner }) => owner === "saver");
    expect(mine).toMatchObject([{ grant: { tokens: 105, moneyMicros: 1_250_001 }, spent: { tokens: 30 } }]);
    expect((await weaver.run("budget", "tree")).out).toContain("money 1.250001");
    const agents = (await weaver.json("agent", "list")).value.agents as { name: string; pid: number }[];
    const again = agents.find(({ name }) => name === "saver");
    expect((await weaver.json("agent", "send", String(again?.pid), "left")).value).toMatchObject({
      payload: { tokens: 75 },
    });
  });

  it.each<[string[], number, string]>([
    [["agent", "spawn", "./agents/none.mjs"], 1, "AGENT_LOAD_FAILED"],
    [["agent", "spawn", "./agents/clerk.mjs", "--cap", "netwrk"], 2, "did you mean network?"],
    [["agent", "spawn", "./agents/clerk.mjs", "--limit", "memory=1MiB"], 1, "PROCESS_LIMIT_NOT_ENFORCEABLE"],
    [["agent", "spawn", "./agents/clerk.mjs", "--budget", "tokens=1.5"], 2, "no amount"],
    [["agent", "spawn", "./agents/clerk.mjs", "--backend", "tee"], 1, "BACKEND_NOT_AVAILABLE"],
    [["agent", "spawn", "./agents/clerk.mjs", "--parent", "999999"], 1, "PROCESS_NOT_FOUND"],
    [["agent", "elevate", "1", "--cap", "network"], 2, "--for is missing"],
    [["agent", "grant", "1"], 2, "--cap is missing"],
    [["agent", "top", "--interval", "0"], 2, "--interval must be"],
    [["budget", "grant", "999999", "tokens=1"], 1, "PROCESS_NOT_FOUND"],
  ])("%j ends with %i and says why", async (words, code, why) => {
    const ended = await weaver.run(...words);
    expect(ended).toMatchObject({ code, out: "", err: expect.stringContaining(why) });
    expect(ended.err).not.toContain("    at ");
  });
});
