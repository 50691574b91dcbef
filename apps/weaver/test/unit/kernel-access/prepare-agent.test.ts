import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepare } from "../../../src/kernel-access/prepare-agent.ts";

let folder: string;
let warned: string[];
const prepared = (params: JsonObject) =>
  prepare(params, {
    call: async () => ({ agents: [] }),
    dir: "/state",
    workingFolder: folder,
    values: {},
    warn: (text) => void warned.push(text),
  });
const moduleOf = async (module: string) => (await prepared({ module })).module;

beforeEach(async () => {
  warned = [];
  folder = await realpath(await mkdtemp(join(tmpdir(), "weaver-prepare-")));
  await writeFile(join(folder, "clerk.agent.toml"), 'module = "./clerk.ts"');
});
afterEach(() => rm(folder, { recursive: true }));

describe("what a user names to be started", () => {
  it("is a path from where it was typed", async () => {
    expect(await moduleOf("./clerk.ts")).toBe(join(folder, "clerk.ts"));
    expect(await moduleOf("sub/clerk.mjs")).toBe(join(folder, "sub", "clerk.mjs"));
    expect(await moduleOf("clerk.agent.toml")).toBe(join(folder, "clerk.agent.toml"));
    expect(await moduleOf("/a/clerk.ts")).toBe("/a/clerk.ts");
  });

  it("is the manifest of a bare name there, before a package, of which it warns", async () => {
    expect(await moduleOf("clerk")).toBe(join(folder, "clerk.agent.toml"));
    expect(warned).toEqual([]);
    const installed = join(folder, "node_modules", "twice");
    await mkdir(installed, { recursive: true });
    await writeFile(join(installed, "package.json"), JSON.stringify({ name: "twice", exports: "./twice.js" }));
    await writeFile(join(folder, "twice.agent.toml"), 'module = "./clerk.ts"');
    expect(await moduleOf("twice")).toBe(join(folder, "twice.agent.toml"));
    expect(warned).toEqual([`twice is twice.agent.toml here, not the package in ${installed}`]);
  });

  it("is left as it is when it is a package or a URL", async () => {
    await mkdir(join(folder, "@acme"));
    await writeFile(join(folder, "@acme", "clerk.agent.toml"), "");
    for (const name of ["absent", "@acme/clerk", "clerk/night", "file:///a.ts", "data:text/javascript,0"]) {
      expect(await moduleOf(name)).toBe(name);
    }
  });

  it("has its file roots from there too, and is told of one that is not there", async () => {
    await mkdir(join(folder, "docs"));
    expect(await prepared({ capabilities: { canNetwork: true, files: { read: ["docs", "./none"] } } })).toEqual({
      capabilities: { canNetwork: true, files: { read: [join(folder, "docs"), join(folder, "none")] } },
    });
    expect(warned).toEqual([`there is no ${join(folder, "none")} yet`]);
  });
});
