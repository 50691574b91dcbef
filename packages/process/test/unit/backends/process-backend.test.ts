import { execFileSync, spawnSync } from "node:child_process";
import { copyFile, link, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Capabilities, CapabilityRequest, FileGrant, JsonValue, Pid, SpawnOptions } from "@weftos/interface";
import { nodePlatform } from "@weftos/platform";
import { manualClock } from "@weftos/testkit";
import { isolatedContext } from "@weftos/testkit/contract";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Heartbeat } from "../../../src/backends/heartbeat.ts";
import { opensInspector } from "../../../src/backends/inspector-signal.ts";
import { confinedBy, nodeKnows, permissionFlags } from "../../../src/backends/node-permissions.ts";
import { ProcessBackend } from "../../../src/backends/process-backend.ts";
import { Apart } from "../../../src/backends/run-apart.ts";
import { type Harness, harness } from "../../harness.ts";

const KERNEL = 0 as Pid;
const module = (name: string): URL => new URL(`../../agents/${name}.ts`, import.meta.url);
const disk = nodePlatform().files;

let kernel: Harness;
let folder: string;

beforeEach(async () => {
  kernel = await harness({ disk });
  folder = await realpath(await mkdtemp(join(tmpdir(), "weftos-confined-")));
  await mkdir(join(folder, "own"));
  await mkdir(join(folder, "shared"));
  await writeFile(join(folder, "secret"), "secret");
  await writeFile(join(folder, "shared", "text"), "shared");
});
afterEach(async () => {
  await kernel.shutdown();
  await rm(folder, { recursive: true });
});

const grants = (): CapabilityRequest => ({
  files: { own: [join(folder, "own")], read: [join(folder, "shared")] },
});

async function confined(options: SpawnOptions = {}) {
  const handle = await kernel.process.spawn(module("confined"), {
    backend: "process",
    capabilities: grants(),
    ...options,
  });
  const attempt = async (what: string, path = ""): Promise<JsonValue> => {
    const { payload } = await kernel.router.request(KERNEL, handle.pid as Pid, { what, path });
    return payload as JsonValue;
  };
  return { handle, attempt };
}

const noRoots = { read: [], write: [] };

const rightsTo = (files: Partial<FileGrant>): Capabilities => ({
  canSpawn: true,
  canIpc: true,
  canExecTools: true,
  canNetwork: false,
  ipcScope: { kind: "all" },
  tools: { allow: [], deny: [] },
  files: { read: [], write: [], own: [], deny: [], ...files },
});

function sharedApart() {
  const clock = manualClock();
  const heartbeat = new Heartbeat(clock, { intervalMs: 1000, hungMs: 5000 });
  return { clock, apart: new Apart(clock, heartbeat, { on: () => () => undefined }) };
}

interface DirectInit {
  readonly input?: JsonValue;
  readonly environment?: Readonly<Record<string, string>>;
  readonly capabilities?: Capabilities;
}

/** Starts an agent on the backend itself, without a kernel around it. */
async function direct(name: string, init: DirectInit = {}) {
  const { clock, apart } = sharedApart();
  const sent: unknown[] = [];
  const backend = new ProcessBackend({ apart, disk, memoryMb: 64, knowsFlag: nodeKnows });
  const context = isolatedContext({
    signal: new AbortController().signal,
    onSend: (payload) => sent.push(payload),
    ...(init.input === undefined ? {} : { input: init.input }),
    ...(init.environment === undefined ? {} : { environment: init.environment }),
  });
  const running = await backend.start({
    source: module(name),
    context,
    capabilities: init.capabilities ?? rightsTo({}),
    limits: { memoryBytes: undefined },
  });
  return { running, clock, context, sent };
}

/** How many agents' processes this one has. */
function childrenHere(): number {
  const { stdout } = spawnSync("pgrep", ["-c", "-P", String(process.pid), "-f", "child-entry"]);
  return Number(stdout.toString());
}

/** Turns until it holds; the test's time limit ends a wait in vain. */
const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
};

it("warns once of a host whose inspector an agent could open", async () => {
  const warnings = () => kernel.logs.filter(({ message }) => message.includes("--disable-sigusr1")).length;
  await confined();
  await confined();
  expect(warnings()).toBe(1);
  const listener = (): void => undefined;
  process.on("SIGUSR1", listener);
  expect(await opensInspector()).toBe(false);
  process.off("SIGUSR1", listener);
  expect(await opensInspector()).toBe(true);
});

describe("the code of an agent in a process of its own", () => {
  it("reads and writes its own roots by itself, and reads those it may read", async () => {
    const { attempt } = await confined();
    expect(await attempt("write", join(folder, "own", "new"))).toBe(null);
    expect(await readFile(join(folder, "own", "new"), "utf8")).toBe("written");
    expect(await attempt("read", join(folder, "own", "new"))).toBe("written");
    expect(await attempt("list", join(folder, "own"))).toEqual(["new"]);
    expect(await attempt("remove", join(folder, "own", "new"))).toBe(null);
    expect(await attempt("read", join(folder, "shared", "text"))).toBe("shared");
  });

  it("gets no other file, whatever the way", async () => {
    const { attempt } = await confined();
    const denied = "ERR_ACCESS_DENIED";
    expect(await attempt("read", join(folder, "secret"))).toBe(denied);
    expect(await attempt("read", join(folder, "own", "..", "secret"))).toBe(denied);
    expect(await attempt("list", folder)).toBe(denied);
    expect(await attempt("write", join(folder, "shared", "text"))).toBe(denied);
    expect(await attempt("write", join(folder, "ownother"))).toBe(denied);
    expect(await attempt("read", "/etc/passwd")).toBe(denied);
    expect(await attempt("read", `/proc/${process.pid}/environ`)).toBe(denied);
    expect(await attempt("symlink", join(folder, "own", "out"))).toBe(denied);
    expect(await attempt("hardlink", join(folder, "own", "out"))).toBe(denied);
  });

  it("starts no process, no thread and no native addon", async () => {
    const { attempt } = await confined();
    expect(await attempt("spawn")).toBe("ERR_ACCESS_DENIED");
    expect(await attempt("thread")).toBe("ERR_ACCESS_DENIED");
    expect(await attempt("addon", join(folder, "own", "x.node"))).toBe("ERR_DLOPEN_DISABLED");
  });

  it("opens no database by itself, changes no flag of the engine, and opens no inspector at a signal", async () => {
    const { attempt } = await confined();
    const path = join(folder, "made");
    expect(await attempt("database", path)).toBe("ERR_UNKNOWN_BUILTIN_MODULE");
    expect(await attempt("builtin", path)).toContain("TypeError");
    expect(await attempt("flags", path)).toBe("ERR_ACCESS_DENIED");
    expect(await attempt("engine")).toBe("ERR_ACCESS_DENIED");
    process.kill(Number(await attempt("id")), "SIGUSR1");
    expect(await attempt("database", path)).toBe("ERR_UNKNOWN_BUILTIN_MODULE");
    expect(kernel.logs.filter(({ message }) => message === "standard error")).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(["own", "secret", "shared"]);
  });

  it("imports the code beside its module and the packages installed for it, and nothing else", async () => {
    await writeFile(join(folder, "code.mjs"), "export const found = 1;");
    const { attempt } = await confined();
    expect(await attempt("import", "./typed.ts")).toEqual(["default"]);
    expect(await attempt("import", "@weftos/schema")).toContain("parse");
    expect(await attempt("import", join(folder, "code.mjs"))).toBe("ERR_ACCESS_DENIED");
  });

  it("does not get out by the links to packages that lie elsewhere, and imports those all the same", async () => {
    const app = join(folder, "app");
    const near = join(folder, "workspace", "near");
    await mkdir(join(near, "src"), { recursive: true });
    await mkdir(join(app, "node_modules", "@weftos"), { recursive: true });
    await mkdir(join(app, "node_modules", "plain"));
    await writeFile(join(near, "package.json"), JSON.stringify({ name: "near", exports: "./src/index.mjs" }));
    await writeFile(join(near, "src", "index.mjs"), "export const found = 1;");
    for (const secret of [join(near, "secret"), join(folder, "workspace", "secret")]) await writeFile(secret, "secret");
    await symlink(near, join(app, "node_modules", "near"));
    // One that does not say what it exports, under another name than its own.
    const far = join(folder, "workspace", "far");
    await mkdir(join(far, "src"), { recursive: true });
    await writeFile(join(far, "package.json"), JSON.stringify({ name: "@real/far", main: "src/main.mjs" }));
    await writeFile(join(far, "src", "main.mjs"), 'export * from "near"; export const main = 1;');
    await writeFile(join(far, "src", "other.mjs"), "export const other = 1;");
    await mkdir(join(far, "node_modules"));
    await symlink(near, join(far, "node_modules", "near"));
    await symlink(far, join(app, "node_modules", "alias"));
    const words = fileURLToPath(new URL("../../../../interface", import.meta.url));
    await symlink(words, join(app, "node_modules", "@weftos", "interface"));
    await writeFile(join(app, "package.json"), JSON.stringify({ type: "module" }));
    await copyFile(module("confined"), join(app, "confined.ts"));
    const { pid } = await kernel.process.spawn(pathToFileURL(join(app, "confined.ts")), { backend: "process" });
    const attempt = async (what: string, path: string): Promise<unknown> =>
      (await kernel.router.request(KERNEL, pid as Pid, { what, path })).payload;
    expect(await attempt("import", "near")).toEqual(["found"]);
    expect(await attempt("import", "alias")).toEqual(["found", "main"]);
    expect(await attempt("import", "alias/src/other.mjs")).toEqual(["other"]);
    expect(await attempt("import", "none")).toBe("ERR_MODULE_NOT_FOUND");
    const link = `${app}/node_modules/near`;
    for (const path of [`${link}/../secret`, `${link}/src/../../secret`, `${link}/secret`, `${near}/secret`]) {
      expect([path, await attempt("read", path)]).toEqual([path, "ERR_ACCESS_DENIED"]);
    }
  });

  it("starts where more packages are linked than one argument can name", async () => {
    const app = join(folder, "app");
    const packages = join(folder, "workspace");
    await mkdir(join(app, "node_modules"), { recursive: true });
    const names = Array.from({ length: 900 }, (_, index) => `${"long".repeat(15)}-${index}`);
    for (const name of names) {
      const path = join(packages, name);
      await mkdir(join(path, "src"), { recursive: true });
      await writeFile(join(path, "package.json"), JSON.stringify({ name, exports: "./src/index.mjs" }));
      await symlink(path, join(app, "node_modules", name));
    }
    const links = names.map((name) => [join(app, "node_modules", name), join(packages, name)]);
    expect(JSON.stringify(links).length).toBeGreaterThan(131_072);
    await writeFile(join(packages, names[899] ?? "", "src", "index.mjs"), "export const found = 1;");
    const words = fileURLToPath(new URL("../../../../interface", import.meta.url));
    await mkdir(join(app, "node_modules", "@weftos"));
    await symlink(words, join(app, "node_modules", "@weftos", "interface"));
    await writeFile(join(app, "package.json"), JSON.stringify({ type: "module" }));
    await copyFile(module("confined"), join(app, "confined.ts"));
    const { pid } = await kernel.process.spawn(pathToFileURL(join(app, "confined.ts")), { backend: "process" });
    const { payload } = await kernel.router.request(KERNEL, pid as Pid, { what: "import", path: names[899] ?? "" });
    expect(payload).toEqual(["found"]);
  }, 30_000);

  it.runIf(process.platform === "linux")("fails to load when the system does not start the process", async () => {
    const starting = direct("confined", { environment: { LONG: "x".repeat(200_000) } });
    await expect(starting).rejects.toMatchObject({
      code: "AGENT_LOAD_FAILED",
      message: "the process could not be started: spawn E2BIG",
    });
  });

  it("leaves no process behind when its start cannot be carried to it", async () => {
    await expect(direct("confined", { input: "x".repeat(33 * 1_048_576) })).rejects.toMatchObject({
      code: "AGENT_LOAD_FAILED",
      message: expect.stringContaining("the process could not be started: expected at most"),
    });
    await until(() => childrenHere() === 0);
  });

  it("has no environment but what it was given", async () => {
    const { attempt } = await confined({ environment: { LANG: "C", TOKEN: "t=1" } });
    expect(await attempt("environment")).toEqual({ LANG: "C", TOKEN: "t=1" });
    const bare = await confined();
    expect(await bare.attempt("environment")).toEqual({});
  });

  it.each(["NODE_OPTIONS", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "node_options", "A=B", ""])(
    "is not given a variable that changes its runtime or that is none: %s",
    async (name) => {
      await expect(confined({ environment: { [name]: "x" } })).rejects.toMatchObject({ code: "PROCESS_INPUT_INVALID" });
    },
  );

  it("is told as confined", async () => {
    const { handle } = await confined();
    const inspected = await kernel.methods
      .get("agent.inspect")
      ?.call({ pid: handle.pid as number }, { signal: new AbortController().signal } as never);
    expect(inspected).toMatchObject({
      backend: "process",
      confined: expect.arrayContaining(["files", "child processes", "worker threads", "native addons"]),
    });
    expect(kernel.process.backends().find(({ name }) => name === "process")?.confines).toContain("files");
  });

  it("starts no child whose code is not confined, and by default one on its own backend", async () => {
    const input = { do: "parent", module: module("scripted").href, child: { do: "finish" } };
    const parent = await kernel.process.spawn(module("scripted"), { backend: "process", input });
    const told = await kernel.router.request(KERNEL, parent.pid as Pid, "ask");
    expect(told.payload).toMatchObject({ name: "child", reason: "normal" });
    expect(kernel.process.find(2 as Pid)).toMatchObject({ name: "child", backend: "process" });
    const escaping = await kernel.process.spawn(module("scripted"), {
      backend: "process",
      input: { ...input, backend: "inline" },
    });
    expect(await escaping.exited).toMatchObject({ kind: "crash", code: "BACKEND_NOT_ALLOWED" });
  });
});

describe("a granted root that cannot bind", () => {
  const refused = { code: "CAPABILITY_ROOT_LEADS_OUT" };

  it("is refused when a link in it leads out of it", async () => {
    await mkdir(join(folder, "own", "deep"));
    await symlink(folder, join(folder, "own", "deep", "out"));
    await expect(confined()).rejects.toMatchObject({
      ...refused,
      details: { root: join(folder, "own"), path: join(folder, "own", "deep", "out"), field: "files.read" },
    });
    expect(kernel.process.list().filter(({ state }) => state !== "exited")).toHaveLength(1);
  });

  it("is refused when a link in it leads nowhere yet", async () => {
    await symlink(join(folder, "absent"), join(folder, "own", "later"));
    await expect(confined()).rejects.toMatchObject(refused);
  });

  it("is refused when a link leads from what it may write to what it may only read", async () => {
    await mkdir(join(folder, "shared", "inner"));
    await symlink(join(folder, "shared", "inner"), join(folder, "own", "inner"));
    await expect(confined()).rejects.toMatchObject({ ...refused, details: { field: "files.write" } });
  });

  it("is refused when a link in it leads less deep, past which `..` would lead out of it", async () => {
    await mkdir(join(folder, "own", "a", "b"), { recursive: true });
    await symlink(join(folder, "own"), join(folder, "own", "a", "b", "up"));
    await expect(confined()).rejects.toMatchObject({
      ...refused,
      details: { path: join(folder, "own", "a", "b", "up") },
    });
  });

  it("binds when its links stay within", async () => {
    await writeFile(join(folder, "own", "text"), "here");
    await symlink(join(folder, "own", "text"), join(folder, "own", "same"));
    const { attempt } = await confined();
    expect(await attempt("read", join(folder, "own", "same"))).toBe("here");
  });

  it("is refused when a denied path lies in it", async () => {
    const files = { own: [join(folder, "own")], deny: [join(folder, "own", "keys")] };
    await expect(confined({ capabilities: { files } })).rejects.toMatchObject(refused);
  });

  it("is refused when the runtime would read a pattern in it", async () => {
    await mkdir(join(folder, "own*"));
    await expect(confined({ capabilities: { files: { own: [join(folder, "own*")] } } })).rejects.toMatchObject(refused);
  });

  it("binds what does not exist yet as it is written", async () => {
    const own = join(folder, "new");
    const { attempt } = await confined({ capabilities: { files: { own: [own] } } });
    await mkdir(own);
    expect(await attempt("write", join(own, "text"))).toBe(null);
    expect(await attempt("write", `${own}er`)).toBe("ERR_ACCESS_DENIED");
  });

  it("does not show a hard link: what it names was in the root when it was granted", async () => {
    await link(join(folder, "secret"), join(folder, "own", "hard"));
    const { attempt } = await confined();
    expect(await attempt("read", join(folder, "own", "hard"))).toBe("secret");
  });
});

describe("an agent in a process of its own that ends", () => {
  const idOf = async (
    input: JsonValue = null,
  ): Promise<{ handle: Awaited<ReturnType<Harness["process"]["spawn"]>>; id: number }> => {
    const handle = await kernel.process.spawn(module("stubborn"), { backend: "process", input });
    const line = (): { readonly id?: number } | undefined =>
      kernel.logs.find(({ message }) => message === "my process")?.fields as { readonly id?: number } | undefined;
    await until(() => line() !== undefined);
    return { handle, id: Number(line()?.id) };
  };

  it.each(["SIGKILL", "SIGSEGV", "SIGTERM"] as const)(
    "is noticed with the signal that ended it: %s",
    async (signal) => {
      const { handle, id } = await idOf();
      process.kill(id, signal);
      expect(await handle.exited).toEqual({
        kind: "crash",
        error: `the process was ended by the signal ${signal}`,
        code: signal,
      });
      const next = await kernel.process.spawn(module("scripted"), { backend: "process", input: { do: "finish" } });
      expect(await next.exited).toEqual({ kind: "normal" });
    },
  );

  it("is ended by kill in an endless loop, and is gone", async () => {
    const { handle, id } = await idOf("loop");
    await kernel.process.kill(handle);
    expect(await handle.exited).toEqual({ kind: "killed" });
    expect(() => process.kill(id, 0)).toThrow("ESRCH");
  });

  it("tells its use of the processor and of memory while it hangs", async () => {
    const { running, clock } = await direct("stubborn", { input: "loop" });
    const cpuMs = (): number => running.usage().cpuMs ?? 0;
    await until(async () => {
      await clock.advance(1000);
      return cpuMs() >= 100;
    });
    expect(running.usage().memoryBytes).toBeGreaterThan(10_000_000);
    expect(running.usage().wallMs).toBeGreaterThanOrEqual(1000);
    await running.kill();
  });

  it.each(["huge", "empty", "noText", "noMessage", "noPlace"])(
    "is ended when it breaks the protocol of its channel: %s",
    async (input) => {
      const handle = await kernel.process.spawn(module("channel"), { backend: "process", input });
      expect(await handle.exited).toMatchObject({
        kind: "crash",
        error: expect.stringContaining("broke the protocol"),
      });
    },
  );

  it("does not outlive a kernel that is killed, also in an endless loop", async () => {
    const script = new URL("../../agents/kernel-with-children.ts", import.meta.url).pathname;
    const { spawn } = await import("node:child_process");
    const child = spawn(process.execPath, ["--conditions=weftos-source", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let told = "";
    child.stdout.on("data", (chunk: Buffer) => {
      told += chunk.toString();
    });
    await until(() => told.includes("\n"));
    const ids = JSON.parse(told) as readonly number[];
    const alive = (id: number): boolean => {
      try {
        process.kill(id, 0);
        return true;
      } catch {
        return false;
      }
    };
    expect(ids.map(alive)).toEqual([true, true]);
    child.kill("SIGKILL");
    await until(() => ids.every((id) => !alive(id)));
  });
});

describe("the line to an agent in a process of its own", () => {
  it("holds messages in the mailbox while the agent reads none, and brings all when it does", async () => {
    const handle = await kernel.process.spawn(module("scripted"), {
      backend: "process",
      input: { do: "collect", count: 1 },
    });
    const id = Number(execFileSync("pgrep", ["-n", "-P", String(process.pid), "-f", "child-entry"]).toString());
    process.kill(id, "SIGSTOP");
    const piece = "x".repeat(1_000_000);
    for (let index = 0; index < 60; index += 1) await kernel.router.send(KERNEL, handle.pid as Pid, piece);
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    // Some lie in the pipe and one megabyte before it; the rest was never taken out of the mailbox.
    expect(kernel.router.mailboxes.get(handle.pid as Pid)?.depth).toBeGreaterThan(50);
    process.kill(id, "SIGCONT");
    const { payload } = await kernel.router.request(KERNEL, handle.pid as Pid, { ask: 1 });
    expect(payload).toEqual([piece]);
    expect(kernel.router.mailboxes.get(handle.pid as Pid)?.depth).toBe(0);
  });
});

describe("rights that change while an agent runs", () => {
  it("end the process when they are revoked in the kernel, and let it go on when they are granted", async () => {
    const { handle, attempt } = await confined();
    await kernel.process.grant(handle, { files: { read: [folder] } });
    // The wider root binds its code from the next start on; its calls may use it at once.
    expect(await attempt("read", join(folder, "secret"))).toBe("ERR_ACCESS_DENIED");
    await kernel.process.revoke(handle, { files: { own: [join(folder, "own")] } });
    expect(await handle.exited).toMatchObject({ kind: "supervisor", cause: "rights" });
  });

  it("end a process whose code was bound to more than is left", async () => {
    const rights = rightsTo({ own: [join(folder, "own")], read: [join(folder, "shared")] });
    for (const left of [rightsTo({ own: [join(folder, "own")] }), rightsTo({ ...rights.files, deny: [folder] })]) {
      const { running } = await direct("contract-echoes", { capabilities: rights });
      running.rightsChanged?.(left);
      expect(await running.exited).toEqual({ kind: "supervisor", cause: "rights" });
    }
  });

  it("let it go on when they grow, or when what was bound is still granted", async () => {
    const rights = rightsTo({ own: [join(folder, "own")] });
    const { running, context, sent } = await direct("contract-echoes", { capabilities: rights });
    running.rightsChanged?.({ ...rightsTo({ own: [folder] }), canSpawn: false, canNetwork: true });
    context.deliver("still here");
    await until(() => sent.length === 1);
    await running.kill();
    expect(await running.exited).toEqual({ kind: "killed" });
  });

  it("bind the network where the runtime can, and only there", async () => {
    const flags = ["--permission", "--allow-net"];
    expect(confinedBy((flag) => flags.includes(flag))).toContain("network");
    const made = permissionFlags((flag) => flags.includes(flag), { code: [], data: noRoots, network: true });
    expect(made).toEqual(["--permission", "--allow-net"]);
    expect(permissionFlags((flag) => flags.includes(flag), { code: [], data: noRoots, network: false })).toEqual([
      "--permission",
    ]);
  });
});

it("says of a Node without the permission model that it binds nothing", () => {
  const backend = new ProcessBackend({ apart: sharedApart().apart, disk, memoryMb: 64, knowsFlag: () => false });
  expect(backend.confines).toEqual([]);
  expect(permissionFlags(() => false, { code: [], data: noRoots, network: true })).toEqual([]);
});
