import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { governance, makePolicy, type RuleInput } from "@weftos/governance";
import { afterAll, describe, expect, it, vi } from "vitest";
import { Kernel } from "weftos";
import { oneRule } from "./fixtures/one-rule.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Answers requests with the messages of its topics so far, and does what it is told. */
const CLERK = `export default { kind: "agent", name: "clerk", messages: undefined, async run(agent) {
  const heard = [];
  for await (const message of agent.inbox) {
    if (message.deadline === undefined) { heard.push(message.payload); continue; }
    try {
      const [what, ...more] = [].concat(message.payload);
      if (what === "publish") await agent.publish(more[0], "x");
      if (what === "send") await agent.send(more[0], "x");
      await agent.reply(message, heard);
    } catch (error) { await agent.reply(message, error.code ?? String(error)); }
  }
} };`;

const folder = realpathSync(mkdtempSync(join(tmpdir(), "weft-manifest-")));
writeFileSync(join(folder, "clerk.mjs"), CLERK);
afterAll(() => rmSync(folder, { recursive: true }));
const manifest = (name: string, text: string): string => {
  const path = join(folder, `${name}.agent.toml`);
  writeFileSync(path, `module = "./clerk.mjs"\nname = "${name}"\n${text}`);
  return path;
};

describe.each(["inline", "worker"])("a manifest on the backend %s", (backend) => {
  it("subscribes to its topics before the code runs, and closes all others", async () => {
    const kernel = await Kernel.boot();
    const { pid } = await kernel.process.spawn(
      manifest("clerk", `backend = "${backend}"\ntopics_publish = ["answers.*"]\ntopics_subscribe = ["questions.>"]`),
    );
    const other = await kernel.process.spawn(manifest("other", ""));
    const ask = async (...what: readonly (string | number)[]): Promise<unknown> =>
      (await kernel.ipc.request(pid as never, what)).payload;
    await kernel.ipc.publish("questions.first", "why?");
    expect(await ask("heard")).toEqual(["why?"]);
    expect(await ask("publish", "answers.first")).toEqual(["why?"]);
    expect(await ask("publish", "elsewhere")).toBe("CAPABILITY_DENIED");
    expect(await ask("send", other.pid)).toBe("CAPABILITY_DENIED");
    await kernel.shutdown();
  });
});

it("a manifest that may not have its topics does not start", async () => {
  const kernel = await Kernel.boot();
  const text = 'topics_subscribe = ["questions"]\n[capabilities]\ncan_ipc = false';
  await expect(kernel.process.spawn(manifest("mute", text))).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
  expect(kernel.process.list().filter(({ pid, state }) => pid !== 0 && state !== "exited")).toEqual([]);
  await kernel.shutdown();
});

it("a manifest starts once what it requires runs", async () => {
  const kernel = await Kernel.boot();
  const needs = manifest("needs", '[dependencies]\nrequires = ["store"]');
  await expect(kernel.process.spawn(needs)).rejects.toMatchObject({ code: "PROCESS_DEPENDENCY_MISSING" });
  await kernel.process.spawn(manifest("store", ""));
  expect((await kernel.process.spawn(needs)).name).toBe("needs");
  await kernel.shutdown();
});

it("rules read what a manifest says of its agent, and whoever looks sees it", async () => {
  const unversioned: RuleInput = {
    id: "NO-VERSION",
    description: "agents say their version",
    branch: "executive",
    severity: "blocking",
    condition: { actions: ["process.spawn"], attributes: { version: { present: false } } },
    outcome: { kind: "deny" },
  };
  const critical: RuleInput = {
    ...unversioned,
    id: "NO-CRITICAL",
    condition: { actions: ["process.spawn"], attributes: { priority: "critical", "label.team": "support" } },
  };
  const kernel = await Kernel.boot({ features: [governance({ policies: [makePolicy([unversioned, critical])] })] });
  const refused = { code: "GOVERNANCE_DENIED" };
  await expect(kernel.process.spawn(manifest("plain", ""))).rejects.toMatchObject({
    ...refused,
    details: { rules: expect.arrayContaining(["NO-VERSION"]) },
  });
  const loud = 'version = "1"\n[resources]\npriority = "critical"\n[labels]\nteam = "support"';
  await expect(kernel.process.spawn(manifest("loud", loud))).rejects.toMatchObject(refused);
  const { pid } = await kernel.process.spawn(manifest("told", 'version = "1"\ndescription = "answers"'));
  const caller = { subject: { kind: "kernel", id: "0" }, role: "admin", signal: new AbortController().signal } as const;
  expect(await kernel.methods.call("agent.inspect", { pid }, caller)).toMatchObject({
    profile: { version: "1", description: "answers" },
  });
  await kernel.shutdown();
});

it("a manifest is granted as such: a spawn of it is covered until the manifest changes", async () => {
  const asks = oneRule("ASK", ["process.spawn"], "defer", {
    condition: { actions: ["process.spawn"], subjects: { kinds: ["principal"] } },
  });
  const kernel = await Kernel.boot({ features: [governance({ policies: [asks] })] });
  const subject = { kind: "principal", id: "tom", role: "operator" } as const;
  const caller = { subject, role: "operator", signal: new AbortController().signal } as const;
  const path = manifest("granted", 'version = "1"');
  const spawn = () => kernel.methods.call("agent.spawn", { module: path }, caller);
  await expect(spawn()).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
  const [asked] = kernel.governance.approvals.list({ state: "pending" });
  expect(asked?.standing).toMatchObject({ kind: "manifest", name: "granted" });
  const by = { principal: "ann", role: "approver", standing: true } as const;
  await kernel.governance.approvals.approve(asked?.id ?? "", by);
  for (let round = 0; round < 2; round++) expect(await spawn()).toMatchObject({ name: "granted" });
  manifest("granted", 'version = "2"');
  await expect(spawn()).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
  await kernel.shutdown();
});
