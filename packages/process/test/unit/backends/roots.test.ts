import type { Capabilities, FileGrant } from "@weftos/interface";
import { faultFiles } from "@weftos/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { entryRoots, moduleRoots } from "../../../src/backends/code-roots.ts";
import { dataRoots, stillGranted } from "../../../src/backends/data-roots.ts";
import { readUsage } from "../../../src/backends/process-usage.ts";

let disk: ReturnType<typeof faultFiles>["files"];
const file = async (path: string, text = ""): Promise<void> => {
  await disk.makeFolder(path.slice(0, path.lastIndexOf("/")));
  await disk.writeAtomic(path, new TextEncoder().encode(text));
};
const rightsTo = (files: Partial<FileGrant>): Capabilities => ({
  canSpawn: false,
  canIpc: true,
  canExecTools: false,
  canNetwork: false,
  ipcScope: { kind: "all" },
  tools: { allow: [], deny: [] },
  files: { read: [], write: [], own: [], deny: [], ...files },
});

beforeEach(() => {
  ({ files: disk } = faultFiles());
});

describe("the roots of an agent's data", () => {
  it("are those of its rights: its own to read and to write", async () => {
    await file("/own/a");
    const roots = await dataRoots(rightsTo({ own: ["/own"], read: ["/in", "/own"], write: ["/out"] }), disk);
    expect(roots).toEqual({ read: ["/in", "/own"], write: ["/out", "/own"] });
  });

  it("are refused when there are too many names to look through", async () => {
    await file("/own/a");
    const names = Array.from({ length: 20_001 }, (_, index) => ({ name: String(index), kind: "file" as const }));
    const wide = { stat: disk.stat.bind(disk), realPath: disk.realPath.bind(disk), list: async () => names };
    await expect(dataRoots(rightsTo({ own: ["/own"] }), wide)).rejects.toMatchObject({
      code: "CAPABILITY_ROOT_LEADS_OUT",
      message: expect.stringContaining("more than 20000 names"),
    });
  });

  it("are refused with a link to a folder less deep than itself, past which `..` would leave the root", async () => {
    await disk.makeFolder("/srv/own/a/b/c");
    await disk.makeFolder("/srv/own/d/e/f/g");
    await disk.link("/srv/own/d/e/f/g", "/srv/own/a/down");
    await disk.link("/srv/own/a/b", "/srv/own/a/b/c/up");
    await expect(dataRoots(rightsTo({ own: ["/srv/own"] }), disk)).rejects.toMatchObject({
      code: "CAPABILITY_ROOT_LEADS_OUT",
      details: { path: "/srv/own/a/b/c/up" },
    });
    await disk.remove("/srv/own/a/b/c/up");
    await file("/srv/own/text");
    await disk.link("/srv/own/text", "/srv/own/a/b/c/up");
    expect(await dataRoots(rightsTo({ own: ["/srv/own"] }), disk)).toEqual({ read: ["/srv/own"], write: ["/srv/own"] });
  });

  it("are refused when a root has become a link since it was granted", async () => {
    await file("/secret/a");
    await disk.makeFolder("/srv");
    await disk.link("/secret", "/srv/own");
    await expect(dataRoots(rightsTo({ read: ["/srv/own"] }), disk)).rejects.toMatchObject({
      message: expect.stringContaining("has become a link"),
    });
  });

  it("tell whether other rights still grant them", () => {
    const bound = { read: ["/a/b"], write: ["/w"] };
    expect(stillGranted(bound, rightsTo({ read: ["/a"], own: ["/w"] }))).toBe(true);
    expect(stillGranted(bound, rightsTo({ own: ["/a", "/w"] }))).toBe(true);
    expect(stillGranted(bound, rightsTo({ read: ["/a/b/c", "/w"], own: ["/w"] }))).toBe(false);
    expect(stillGranted(bound, rightsTo({ read: ["/a", "/w"] }))).toBe(false);
    expect(stillGranted(bound, rightsTo({ read: ["/a"], own: ["/w"], deny: ["/a/b/c"] }))).toBe(false);
    expect(stillGranted(bound, rightsTo({ read: ["/a"], own: ["/w"], deny: ["/other"] }))).toBe(true);
  });
});

describe("what an agent's code may read to run", () => {
  it("is the code beside and below its module by name, and what is installed for it; no data and nothing hidden", async () => {
    const names = ["clerk.ts", "lib/deep/x.mjs", "package.json", "data.json", ".env", ".git/hook.js", "notes.txt"];
    for (const name of names) await file(`/app/agents/${name}`);
    await file("/app/node_modules/dep/index.js");
    await file("/app/agents/node_modules/near/index.js");
    await file("/app/.weftos/keys/node.ed25519");
    const { files, folders } = await moduleRoots("/app/agents/clerk.ts", disk);
    expect([...files].sort()).toEqual(
      ["/app/agents/clerk.ts", "/app/agents/lib/deep/x.mjs", "/app/agents/package.json"].sort(),
    );
    expect(folders).toEqual(["/app/agents/node_modules", "/app/node_modules"]);
  });

  it("is only what is installed, for a module that is", async () => {
    await file("/app/node_modules/@acme/clerk/dist/clerk.js");
    expect(await moduleRoots("/app/node_modules/@acme/clerk/dist/clerk.js", disk)).toEqual({
      files: [],
      folders: ["/app/node_modules"],
      linked: [],
    });
  });

  it("holds the code of packages that are linked in from elsewhere, and no link that leads to none", async () => {
    await file("/repo/packages/near/package.json");
    await file("/repo/packages/near/src/a.ts");
    await file("/repo/packages/near/node_modules/below/package.json");
    await file("/etc/passwd");
    await file("/app/node_modules/plain/package.json");
    await file("/app/x.js");
    await disk.makeFolder("/app/node_modules/@acme");
    await disk.link("/repo/packages/near", "/app/node_modules/@acme/near");
    await disk.link("/etc", "/app/node_modules/etc");
    await disk.link("/nowhere", "/app/node_modules/gone");
    const { files, folders, linked } = await entryRoots("/app/x.js", disk);
    expect(linked).toEqual([["/app/node_modules/@acme/near", "/repo/packages/near"]]);
    expect(folders).toEqual([
      "/app",
      "/app/node_modules/plain",
      "/repo/packages/near/src",
      "/repo/packages/near/dist",
      "/repo/packages/near/node_modules",
    ]);
    expect(files).toEqual(["/repo/packages/near/package.json"]);
  });

  it("is a folder of packages as a whole where its links stay within", async () => {
    await file("/app/node_modules/.pnpm/near@1/node_modules/near/package.json");
    await disk.link("/app/node_modules/.pnpm/near@1/node_modules/near", "/app/node_modules/near");
    expect(await moduleRoots("/app/node_modules/near/package.json", disk)).toEqual({
      files: [],
      folders: ["/app/node_modules/.pnpm/near@1/node_modules", "/app/node_modules"],
      linked: [],
    });
  });

  it("follows links into other folders of packages, and finds those that leave a package manager's store", async () => {
    await file("/repo/node_modules/.pnpm/far@1/node_modules/far/package.json");
    await file("/repo/node_modules/.pnpm/odd@1/node_modules/odd/package.json");
    await file("/repo/packages/app/x.js");
    await file("/repo/packages/near/package.json");
    await disk.makeFolder("/repo/packages/app/node_modules");
    await disk.link("/repo/node_modules/.pnpm/far@1/node_modules/far", "/repo/packages/app/node_modules/far");
    await disk.link("/repo/packages/near", "/repo/node_modules/.pnpm/odd@1/node_modules/near");
    const { folders, linked } = await moduleRoots("/repo/packages/app/x.js", disk);
    expect(linked).toEqual([
      ["/repo/packages/app/node_modules/far", "/repo/node_modules/.pnpm/far@1/node_modules/far"],
      ["/repo/node_modules/.pnpm/odd@1/node_modules/near", "/repo/packages/near"],
    ]);
    expect(folders).toEqual([
      "/repo/node_modules/.pnpm/far@1/node_modules",
      "/repo/node_modules/.pnpm/far@1",
      "/repo/node_modules/.pnpm/odd@1/node_modules/odd",
      "/repo/packages/near/src",
      "/repo/packages/near/dist",
    ]);
  });

  it("is a folder of packages that is itself a link by both of its names", async () => {
    await file("/store/plain/package.json");
    await file("/app/x.js");
    await disk.link("/store", "/app/node_modules");
    const { folders } = await entryRoots("/app/x.js", disk);
    expect(folders).toEqual(["/app", "/store", "/app/node_modules/plain"]);
  });

  it("is refused when too much code lies beside the module", async () => {
    for (let index = 0; index <= 1000; index += 1) await file(`/app/${index}.js`);
    await expect(moduleRoots("/app/0.js", disk)).rejects.toMatchObject({
      code: "AGENT_LOAD_FAILED",
      message: expect.stringContaining("a folder of its own"),
    });
    await expect(moduleRoots("/app/none.js", disk)).rejects.toMatchObject({ code: "AGENT_LOAD_FAILED" });
  });
});

describe("what the system tells of a process", () => {
  it("is its time on the processor and its resident memory, whatever its name", async () => {
    const stat = `42 (a) S (b)) R 1 42 42 0 -1 4194304 100 0 0 0 150 25 0 0 20 0 11 0 1 2 3`;
    await file("/proc/42/stat", stat);
    await file("/proc/42/status", "Name:\ta) S (b\nVmRSS:\t   51200 kB\nThreads:\t11\n");
    expect(await readUsage(42, disk)).toEqual({ cpuMs: 1750, memoryBytes: 51_200 * 1024 });
  });

  it("is nothing where there is no such file", async () => {
    expect(await readUsage(42, disk)).toEqual({ cpuMs: undefined, memoryBytes: undefined });
  });
});
