import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineAgent } from "@weftos/interface";
import { nodePlatform } from "@weftos/platform";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { locateAgent } from "../../../src/agent/locate-agent.ts";
import { harness } from "../../harness.ts";

const { files } = nodePlatform();
let folder: string;
const code = `export default { kind: "agent", name: "installed", messages: undefined, run: async () => {} };`;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "weftos-locate-")));
  const clerk = join(folder, "node_modules", "@acme", "clerk");
  await mkdir(clerk, { recursive: true });
  const exports = { ".": { import: "./clerk.js" }, "./night": "./night.js" };
  await writeFile(join(clerk, "package.json"), JSON.stringify({ name: "@acme/clerk", type: "module", exports }));
  await writeFile(join(clerk, "clerk.js"), code);
  await writeFile(join(clerk, "night.js"), code);
  await writeFile(join(folder, "local.mjs"), code);
});
afterEach(() => rm(folder, { recursive: true }));

const locate = (given: string | URL, options?: unknown) => locateAgent(given, options, { folder, files });
const urlOf = (...path: string[]): string => pathToFileURL(join(folder, ...path)).href;
const hrefOf = ({ source }: { readonly source: unknown }): string => (source as URL).href;

describe("a name of a module", () => {
  it("is a package, as an import in the kernel's folder would find it", async () => {
    expect(hrefOf(await locate("@acme/clerk"))).toBe(urlOf("node_modules", "@acme", "clerk", "clerk.js"));
    expect(hrefOf(await locate("@acme/clerk/night"))).toBe(urlOf("node_modules", "@acme", "clerk", "night.js"));
  });

  it("calls the agent after the package", async () => {
    expect([(await locate("@acme/clerk")).name, (await locate("@acme/clerk/night")).name]).toEqual([
      "acme.clerk",
      "acme.clerk.night",
    ]);
    expect((await locate("./local.mjs")).name).toBe("local");
  });

  it("is a path from there, an absolute path or a URL", async () => {
    for (const name of ["./local.mjs", join(folder, "local.mjs"), urlOf("local.mjs")]) {
      expect(hrefOf(await locate(name))).toBe(urlOf("local.mjs"));
    }
  });

  it("leaves definitions, URLs and options as they are", async () => {
    const definition = defineAgent({ name: "d", async run() {} });
    const options = { name: "x" };
    const located = await locateAgent(definition as never, options, { folder, files });
    expect([located.source, located.options]).toEqual([definition, options]);
    const url = new URL(urlOf("local.mjs"));
    expect((await locate(url)).source).toBe(url);
  });

  it.each(["@acme/absent", "@acme/clerk/hidden", "no-such-package"])("that names nothing is told: %s", async (name) => {
    await expect(locate(name)).rejects.toMatchObject({ code: "AGENT_LOAD_FAILED", details: { module: name } });
  });

  it.each(["", "x".repeat(5000), "a\0b"])("that is none is refused", async (name) => {
    await expect(locate(name)).rejects.toMatchObject({ code: "PROCESS_INPUT_INVALID" });
  });
});

describe("a manifest", () => {
  const manifest = async (text: string): Promise<string> => {
    await writeFile(join(folder, "clerk.agent.toml"), text);
    return "./clerk.agent.toml";
  };

  it("names the module from its own folder, and the options its author thinks right", async () => {
    const name = await manifest(`
module = "./local.mjs"
name = "clerk"
backend = "worker"
mailbox_limit = 7
environment = { TOKEN = "t" }
[capabilities]
can_spawn = false
[restart]
type = "permanent"
max_restarts = 2
`);
    const located = await locate(name);
    expect(hrefOf(located)).toBe(urlOf("local.mjs"));
    expect(located.options).toMatchObject({
      name: "clerk",
      backend: "worker",
      mailboxLimit: 7,
      environment: { TOKEN: "t" },
      capabilities: { canSpawn: false },
      restart: { type: "permanent", maxRestarts: 2 },
    });
  });

  it("gives way to what the spawn says", async () => {
    const name = await manifest('module = "@acme/clerk"\nname = "clerk"\nbackend = "worker"\n');
    const located = await locate(name, { backend: "inline", name: undefined });
    expect(located.options).toMatchObject({ name: "clerk", backend: "inline" });
    expect(hrefOf(located)).toBe(urlOf("node_modules", "@acme", "clerk", "clerk.js"));
  });

  it.each([
    ["is no TOML", "module ="],
    ["has a key that nobody reads", 'module = "./local.mjs"\ncolour = "red"'],
    ["names no module", 'name = "x"'],
    ["has an option that does not fit", 'module = "./local.mjs"\nmailbox_limit = 0'],
    ["names a module that is absent", 'module = "absent"'],
  ])("that %s fails the spawn", async (_, text) => {
    const name = await manifest(text);
    await expect(locate(name)).rejects.toMatchObject({ code: "AGENT_LOAD_FAILED" });
  });

  it("is what its agent is called after, unless it says a name", async () => {
    const kernel = await harness({ disk: files });
    await manifest('module = "./local.mjs"');
    expect((await kernel.process.spawn(join(folder, "clerk.agent.toml"))).name).toBe("clerk");
    await manifest('module = "./local.mjs"\nname = "scribe"');
    expect((await kernel.process.spawn(join(folder, "clerk.agent.toml"))).name).toBe("scribe");
    await kernel.shutdown();
  });

  it("that is absent fails the spawn", async () => {
    await expect(locate("./none.agent.toml")).rejects.toMatchObject({ code: "AGENT_LOAD_FAILED" });
  });
});

describe("a spawn by name", () => {
  it.each(["inline", "worker", "process"])("starts the module on the backend %s", async (backend) => {
    const kernel = await harness({ disk: files });
    const handle = await kernel.process.spawn(join(folder, "local.mjs"), { backend });
    expect([handle.name, await handle.exited]).toEqual(["local", { kind: "normal" }]);
    await kernel.shutdown();
  });

  it.each(["inline", "worker", "process"])(
    "keeps the state of two packages apart on the backend %s",
    async (backend) => {
      const remembers = `export default { kind: "agent", name: "same", messages: undefined, run: async (agent) => {
      if ((await agent.state.get("mine")) !== undefined) throw new Error("another was here");
      await agent.state.set("mine", agent.name);
    } };`;
      for (const name of ["first", "second"]) {
        const at = join(folder, "node_modules", name);
        await mkdir(join(at, "dist"), { recursive: true });
        const exports = "./dist/index.js";
        await writeFile(join(at, "package.json"), JSON.stringify({ name, type: "module", exports }));
        await writeFile(join(at, "dist", "index.js"), remembers);
      }
      const kernel = await harness({ disk: files });
      const started: unknown[] = [];
      for (const name of ["first", "second"]) {
        const { source, name: called } = await locate(name);
        const byUrl = await kernel.process.spawn(source as URL, { backend });
        started.push([called, byUrl.name, await byUrl.exited]);
      }
      expect(started).toEqual([
        ["first", "first", { kind: "normal" }],
        ["second", "second", { kind: "normal" }],
      ]);
      await kernel.shutdown();
    },
  );

  it("starts TypeScript", async () => {
    const kernel = await harness({ disk: files });
    await writeFile(join(folder, "typed.ts"), code.replace("undefined,", "undefined as undefined,"));
    for (const backend of ["worker", "process"]) {
      const handle = await kernel.process.spawn(join(folder, "typed.ts"), { backend });
      expect(await handle.exited).toEqual({ kind: "normal" });
    }
    await kernel.shutdown();
  });
});
