import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { governance, makePolicy, type RuleInput } from "@weftos/governance";
import { afterAll, describe, expect, it, vi } from "vitest";
import { Kernel } from "weftos";

vi.setConfig({ testTimeout: 60_000 });

/** Removes what each request names, and answers with what it was warned of. */
const REMOVES = `export default { kind: "agent", name: "removes", messages: undefined, async run(agent) {
  for await (const message of agent.inbox) {
    const told = [];
    try {
      await agent.tools.call("fs.remove", { path: message.payload }, { onWarnings: (warnings) => told.push(...warnings) });
      await agent.reply(message, told);
    } catch (error) { await agent.reply(message, error.code ?? String(error)); }
  }
} };`;

const folder = realpathSync(mkdtempSync(join(tmpdir(), "weft-warnings-")));
mkdirSync(join(folder, "docs"));
writeFileSync(join(folder, "removes.mjs"), REMOVES);
afterAll(() => rmSync(folder, { recursive: true }));

const module = pathToFileURL(join(folder, "removes.mjs"));
const docs = join(folder, "docs");
const note = (name: string): string => {
  const path = join(docs, name);
  writeFileSync(path, "a note");
  return path;
};
const RISKY = [
  "GOV-005: the action changes files at considerable risk",
  "SOP-L006: the action is risky enough for the register of risks",
];

describe.each(["inline", "worker", "process"])("an agent on the backend %s", (backend) => {
  it("is told what rules warn of, at its call and in its log", async () => {
    const kernel = await Kernel.boot({ logSink: { write: () => {}, close: async () => {} } });
    const { pid } = await kernel.process.spawn(module, {
      backend,
      capabilities: { tools: { allow: ["fs.*"] }, files: { read: [docs], write: [docs] } },
    });
    expect((await kernel.ipc.request(pid as never, note("one.md"))).payload).toEqual(RISKY);
    const caller = {
      subject: { kind: "kernel", id: "0" },
      role: "admin",
      signal: new AbortController().signal,
    } as const;
    const { lines } = (await kernel.methods.call("agent.logs", { pid }, caller)) as {
      lines: readonly { level: string; message: string }[];
    };
    expect(lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
      `rules warn of fs.remove: ${RISKY.join("; ")}`,
    ]);
    await kernel.shutdown();
  });
});

it("the host is told at its call of a tool, and a caller of a method beside its result", async () => {
  const kernel = await Kernel.boot();
  const told: string[] = [];
  const onWarnings = (warnings: readonly string[]): void => void told.push(...warnings);
  await kernel.tools.call({ kind: "kernel", id: "0" }, "fs.remove", { path: note("two.md") }, { onWarnings });
  expect(told.splice(0)).toEqual(RISKY);
  const ann = { kind: "principal", id: "ann", role: "operator" } as const;
  const caller = { subject: ann, role: "operator", signal: new AbortController().signal, onWarnings } as const;
  await kernel.methods.call("tool.call", { name: "fs.remove", input: { path: note("three.md") } }, caller);
  expect(told.splice(0)).toEqual(RISKY);
  await kernel.methods.call("tool.call", { name: "fs.stat", input: { path: docs } }, caller);
  expect(told).toEqual([]);
  await kernel.shutdown();
});

it.each([
  ["agent.spawn", (): object => ({ module: module.href })],
  ["agent.suspend", (pid: number): object => ({ pid })],
  ["agent.stop", (pid: number): object => ({ pid })],
  ["agent.grant", (pid: number): object => ({ pid, rights: { tools: { allow: ["fs.stat"] } } })],
  ["agent.revoke", (pid: number): object => ({ pid, rights: { tools: { allow: ["fs.*"] } } })],
  ["kernel.stop", (): object => ({})],
  ["chain.checkpoint", (): object => ({})],
] as const)("a caller of %s is told what rules warn of it", async (method, paramsOf) => {
  const rule = {
    id: "CFG-1",
    description: "mind this",
    branch: "executive",
    severity: "warning",
    condition: { actions: ["process.*", "kernel.stop", "chain.checkpoint"] },
    outcome: { kind: "warn" },
  } satisfies RuleInput;
  const kernel = await Kernel.boot({ features: [governance({ policies: [makePolicy([rule])] })] });
  const { pid } = await kernel.process.spawn(module, { capabilities: { tools: { allow: ["fs.*"] } } });
  const told: string[] = [];
  const signal = new AbortController().signal;
  const onWarnings = (warnings: readonly string[]): void => void told.push(...warnings);
  const caller = {
    subject: { kind: "principal", id: "ann", role: "admin" },
    role: "admin",
    signal,
    onWarnings,
  } as const;
  await kernel.methods.call(method, paramsOf(pid) as never, caller);
  expect(told).toContain("CFG-1: mind this");
  await kernel.shutdown();
});
