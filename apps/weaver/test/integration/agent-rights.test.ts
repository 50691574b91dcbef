import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { Kernel } from "weftos";

vi.setConfig({ testTimeout: 60_000 });

/** Does what each request says and answers with what came of it. */
const TRIES = `export default { kind: "agent", name: "tries", messages: undefined, async run(agent) {
  for await (const message of agent.inbox) {
    const [what, value] = message.payload;
    try {
      if (what === "spend") await agent.budget.spend({ tokens: value });
      else await agent.tools.call("fs." + what, { path: value });
      await agent.reply(message, "done");
    } catch (error) { await agent.reply(message, error.code ?? String(error)); }
  }
} };`;

const folder = realpathSync(mkdtempSync(join(tmpdir(), "weft-rights-")));
mkdirSync(join(folder, "docs"));
writeFileSync(join(folder, "tries.mjs"), TRIES);
writeFileSync(join(folder, "docs", "note.md"), "a note");
mkdirSync(join(folder, "linked"));
symlinkSync(join(folder, "tries.mjs"), join(folder, "linked", "leads-out"));
symlinkSync(folder, join(folder, "linked", "up"));
afterAll(() => rmSync(folder, { recursive: true }));

const module = pathToFileURL(join(folder, "tries.mjs"));
const docs = join(folder, "docs");
const note = join(docs, "note.md");

describe.each(["inline", "worker", "process"])("an agent on the backend %s", (backend) => {
  it("meets changed rights at its next call, the end of its budget, and its limit", async () => {
    const kernel = await Kernel.boot();
    const handle = await kernel.process.spawn(module, {
      backend,
      capabilities: { tools: { allow: ["fs.*"] }, files: { read: [docs] } },
      limits: { toolCalls: 5 },
      budget: { tokens: 2 },
    });
    const ask = async (...payload: readonly (string | number)[]): Promise<unknown> =>
      (await kernel.ipc.request(handle.pid as never, payload)).payload;
    expect(await ask("stat", note)).toBe("done");
    await kernel.process.revoke(handle, { tools: { allow: ["fs.stat"] } });
    expect(await ask("stat", note)).toBe("CAPABILITY_DENIED");
    await kernel.process.grant(handle, { tools: { allow: ["fs.stat"] } });
    expect(await ask("stat", note)).toBe("done");
    expect(await ask("stat", join(docs, "..", "tries.mjs"))).toBe("CAPABILITY_DENIED");
    expect(await ask("spend", 2)).toBe("done");
    expect(await ask("spend", 1)).toBe("PROCESS_BUDGET_EXHAUSTED");
    await kernel.process.elevate(handle, { files: { read: [folder] } }, { forMs: 60_000 });
    expect(await ask("stat", join(folder, "tries.mjs"))).toBe("done");
    const exceeded = kernel.ipc.request(handle.pid as never, ["stat", note]).catch(() => undefined);
    expect(await handle.exited).toEqual({ kind: "limit", limit: "toolCalls" });
    await exceeded;
    expect(kernel.process.budgets.list()).toHaveLength(1);
    await kernel.shutdown();
  });
});

it("no link leads an agent out of the files that it was given", async () => {
  const kernel = await Kernel.boot();
  const linked = join(folder, "linked");
  const capabilities = { tools: { allow: ["fs.*"] }, files: { read: [linked] } };
  const { pid } = await kernel.process.spawn(module, { capabilities });
  for (const path of ["leads-out", "up/tries.mjs", "up/docs/note.md", "../tries.mjs"]) {
    const { payload } = await kernel.ipc.request(pid as never, ["read_file", `${linked}/${path}`]);
    expect([path, payload]).toEqual([path, "CAPABILITY_DENIED"]);
  }
  await kernel.shutdown();
});

it("an agent that takes all the time of its thread is ended by its limit of processor time", async () => {
  const kernel = await Kernel.boot();
  const text = `export default { kind: "agent", name: "burns", messages: undefined, async run(agent) {
    for (;;) { const end = Date.now() + 20; while (Date.now() < end); await new Promise((done) => setTimeout(done, 1)); }
  } };`;
  const near: string[] = [];
  kernel.process.events.on("process:limit-neared", ({ limit }) => near.push(limit));
  const source = new URL(`data:text/javascript,${encodeURIComponent(text)}`);
  const handle = await kernel.process.spawn(source, { backend: "worker", limits: { cpuMs: 3000 } });
  expect(await handle.exited).toEqual({ kind: "limit", limit: "cpuMs" });
  expect(near).toEqual(["cpuMs"]);
  await kernel.shutdown();
});
