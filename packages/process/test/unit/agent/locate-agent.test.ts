import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineAgent, type MethodCaller } from "@weftos/interface";
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

  it("calls the agent after the package, also one that is linked from elsewhere", async () => {
    await mkdir(join(folder, "work"));
    await writeFile(join(folder, "work", "package.json"), JSON.stringify({ name: "@acme/linked", exports: "./it.js" }));
    await writeFile(join(folder, "work", "it.js"), code);
    await symlink(join(folder, "work"), join(folder, "node_modules", "@acme", "linked"));
    expect((await locate("@acme/linked")).name).toBe("acme.linked");
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

  it("that names nothing is answered with what it could be", async () => {
    await expect(locate("clerk")).rejects.toThrow(
      `there is no package clerk in ${folder}: a file is named by its path, such as ./clerk.js, and a manifest by its name`,
    );
    await expect(locate("local.mjs")).rejects.toThrow("such as ./local.mjs");
    await expect(locate("@acme/absent")).rejects.toThrow(`there is no package @acme/absent in ${folder}`);
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

  it("of a bare name in the kernel's folder goes before a package, which is told", async () => {
    await manifest('module = "./local.mjs"');
    expect(await locate("clerk")).toMatchObject({ name: "clerk", byManifest: true, hides: undefined });
    expect(hrefOf(await locate("clerk"))).toBe(urlOf("local.mjs"));
    const installed = join(folder, "node_modules", "twice");
    await mkdir(installed);
    await writeFile(join(installed, "package.json"), JSON.stringify({ name: "twice", exports: "./twice.mjs" }));
    await writeFile(join(installed, "twice.mjs"), code);
    await writeFile(join(folder, "twice.agent.toml"), 'module = "./local.mjs"');
    const kernel = await harness({ disk: files, folder });
    expect((await kernel.process.spawn("twice")).name).toBe("twice");
    const hides = { name: "twice", module: join(installed, "twice.mjs") };
    expect(kernel.logs).toContainEqual(expect.objectContaining({ level: "warn", fields: hides }));
    const told: string[] = [];
    const caller: MethodCaller = {
      subject: { kind: "principal", id: "ann" },
      role: "operator",
      signal: new AbortController().signal,
      onWarnings: (warnings) => void told.push(...warnings),
    };
    await kernel.methods.get("agent.spawn")!.call({ module: "twice" }, caller);
    expect(told).toEqual([expect.stringContaining(hides.module)]);
    await kernel.shutdown();
  });

  it("is not meant by a package's scoped name, a path in it, or a name too long for a file", async () => {
    await mkdir(join(folder, "@acme"));
    for (const name of [join("@acme", "clerk"), "other"])
      await writeFile(join(folder, `${name}.agent.toml`), 'module = "./local.mjs"');
    expect(hrefOf(await locate("@acme/clerk"))).toBe(urlOf("node_modules", "@acme", "clerk", "clerk.js"));
    for (const name of ["other/sub", "o".repeat(300)])
      await expect(locate(name)).rejects.toMatchObject({ code: "AGENT_LOAD_FAILED" });
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

  const twice = ["first", "second", "one.clerk", "two.clerk"].flatMap((name) => [
    [name, "nobody"],
    [name, name],
  ]);

  it.each(["inline", "worker", "process"])(
    "keeps the state of packages apart, by name and by path, on the backend %s",
    async (backend) => {
      const remembers = `export default { kind: "agent", name: "same", messages: undefined, run: async (agent) => {
      const before = await agent.state.get("who");
      await agent.state.set("who", agent.name);
      throw new Error(before ?? "nobody");
    } };`;
      const kernel = await harness({ disk: files, folder });
      const said: unknown[] = [];
      // Each start apart takes half a second.
      for (const name of backend === "inline" ? ["first", "second", "@one/clerk", "@two/clerk"] : ["first", "second"]) {
        const at = join(folder, "node_modules", ...name.split("/"));
        const file = join(at, "dist", "index.js");
        await mkdir(join(at, "dist"), { recursive: true });
        const exports = "./dist/index.js";
        await writeFile(join(at, "package.json"), JSON.stringify({ name, type: "module", exports }));
        await writeFile(file, remembers);
        for (const given of backend === "inline" ? [file, name] : [name]) {
          const handle = await kernel.process.spawn(given, { backend });
          const exit = await handle.exited;
          said.push([handle.name, exit.kind === "crash" ? exit.error : exit]);
        }
      }
      const apart = [
        ["first", "nobody"],
        ["second", "nobody"],
      ];
      expect(said).toEqual(backend === "inline" ? twice : apart);
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
