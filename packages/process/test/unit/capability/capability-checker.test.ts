import type {
  ActionDeclaration,
  ActionRequest,
  Attributes,
  Capabilities,
  JsonValue,
  Pid,
  Right,
  Subject,
} from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { CapabilityChecker } from "../../../src/capability/capability-checker.ts";
import { rootCapabilities } from "../../../src/capability/default-capabilities.ts";
import { ProcessTable } from "../../../src/table/process-table.ts";
import { entryOf } from "../../table-entry.ts";

const declare = (...rights: Right[]): ActionDeclaration => ({
  name: "test.act",
  description: "",
  effect: { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0 },
  audit: "logged",
  rights,
  role: "operator",
});
const request = (subject: Subject, attributes: Attributes = {}): ActionRequest => ({
  action: "test.act",
  subject,
  resource: "r",
  attributes,
});
const of = (pid: number): Subject => ({ kind: "process", id: String(pid) });

/** Process 1 has the capabilities; 2 is its child, 3 a stranger, and 9 (in the scopes) nobody. */
function checker(capabilities: Partial<Capabilities>) {
  const table = new ProcessTable({ maxLive: 10, maxExited: 10 }, 0, () => undefined);
  const entry = table.insert(entryOf(1, 8, { ...rootCapabilities, ...capabilities }));
  table.insert(entryOf(2, 1));
  table.insert(entryOf(3));
  const made = new CapabilityChecker(table);
  const allows = (right: Right, attributes: Attributes = {}): boolean => {
    const live = made.check(request(of(1), attributes), declare(right)) === undefined;
    const stored = made.checkSnapshot(made.snapshot(of(1)), request(of(1), attributes), declare(right)) === undefined;
    // What is stored with an approval must say the same as the table.
    expect(stored).toBe(live);
    return live;
  };
  return { table, entry, made, allows };
}

describe("message scopes", () => {
  const scopes: readonly [string, Partial<Capabilities>, Record<string, boolean>][] = [
    ["all", { ipcScope: { kind: "all" } }, { parent: true, child: true, stranger: true, topic: true, reply: true }],
    [
      "parentOnly",
      { ipcScope: { kind: "parentOnly" } },
      { parent: true, child: true, stranger: false, topic: false, reply: true },
    ],
    [
      "restricted",
      { ipcScope: { kind: "restricted", pids: [3 as Pid] } },
      { parent: false, child: false, stranger: true, topic: false, reply: true },
    ],
    [
      "topic",
      { ipcScope: { kind: "topic", topics: ["news.*"] } },
      { parent: false, child: false, stranger: false, topic: true, otherTopic: false, reply: true },
    ],
    [
      "none",
      { ipcScope: { kind: "none" } },
      { parent: false, child: false, stranger: false, topic: false, reply: true },
    ],
    [
      "no ipc",
      { canIpc: false },
      { parent: false, child: false, stranger: false, topic: false, reply: false, kernel: false, kernelAsked: true },
    ],
  ];
  const targets: Record<string, Attributes> = {
    parent: { pid: 8 },
    child: { pid: 2 },
    stranger: { pid: 3 },
    topic: { topic: "news.world" },
    otherTopic: { topic: "gossip" },
    reply: { pid: 7, reply: true },
    kernel: { pid: 0 },
    kernelAsked: { pid: 0, reply: true },
  };

  it.each(scopes)("%s reaches what it says, processes, topics and replies", (_, capabilities, expected) => {
    const { allows } = checker(capabilities);
    const seen = Object.fromEntries(Object.keys(expected).map((name) => [name, allows("ipc", targets[name])]));
    expect(seen).toEqual(expected);
  });
});

describe("tools and files", () => {
  it("lets a deny win over an allow, and takes an empty allow for nothing", () => {
    const { allows } = checker({ tools: { allow: ["fs.*", "http.post"], deny: ["fs.remove"] } });
    expect(allows("tool", { tool: "fs.read" })).toBe(true);
    expect(allows("tool", { tool: "fs.remove" })).toBe(false);
    expect(allows("tool", { tool: "http.get" })).toBe(false);
    expect(checker({}).allows("tool", { tool: "fs.read" })).toBe(false);
    expect(checker({ canExecTools: false, tools: { allow: ["*"], deny: [] } }).allows("tool", { tool: "x" })).toBe(
      false,
    );
  });

  it("takes the action's name where no tool is named", () => {
    expect(checker({ tools: { allow: ["test.act"], deny: [] } }).allows("tool")).toBe(true);
  });

  it("compares paths by segments, deny first", () => {
    const files = { read: ["/docs"], write: ["/out/"], own: ["/home/a"], deny: ["/docs/secret"] };
    const { allows } = checker({ files });
    const read = (path: string): boolean => allows("files.read", { path });
    const write = (path: string): boolean => allows("files.write", { path });
    expect([read("/docs"), read("/docs/a/b.md"), read("/home/a/x")]).toEqual([true, true, true]);
    expect([read("/docsx"), read("/docs/secret/k"), read("/docs/../etc"), read("docs/a"), read("/out/x")]).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
    expect([write("/out/x"), write("/home/a/x"), write("/docs/a"), write("/docs/\0")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(allows("files.read")).toBe(false);
  });

  it("compares Windows paths without regard to case or slash", () => {
    const { allows } = checker({ files: { read: ["C:\\Docs"], write: [], own: [], deny: ["c:/docs/Secret"] } });
    expect(allows("files.read", { path: "c:\\docs\\A.md" })).toBe(true);
    expect(allows("files.read", { path: "C:\\DOCS\\SECRET\\k" })).toBe(false);
    expect(allows("files.read", { path: "D:\\docs" })).toBe(false);
  });

  it("gives network and spawn by their flags, and operators' rights to no process", () => {
    const all = checker({ canNetwork: true });
    expect([all.allows("network"), all.allows("spawn"), all.allows("operator")]).toEqual([true, true, false]);
    const none = checker({ canSpawn: false });
    expect([none.allows("network"), none.allows("spawn")]).toEqual([false, false]);
  });
});

describe("subjects", () => {
  it("needs every right that an action declares", () => {
    const { made } = checker({ tools: { allow: ["net"], deny: [] } });
    expect(made.check(request(of(1), { tool: "net" }), declare("tool"))).toBeUndefined();
    expect(made.check(request(of(1), { tool: "net" }), declare("tool", "network"))).toContain("canNetwork");
  });

  it.each([
    { kind: "none" },
    { kind: "restricted", pids: [2] },
    { kind: "parentOnly" },
    { kind: "topic", topics: ["a"] },
  ])("binds topics that are not named, other nodes and broadcasts by the scope %j", (ipcScope) => {
    const { allows } = checker({ ipcScope: ipcScope as never });
    expect(allows("ipc", { topic: "news" })).toBe(false);
    expect(allows("ipc", { node: "0123456789abcdef" })).toBe(false);
    expect(allows("ipc", {})).toBe(false);
    expect(checker({}).allows("ipc", { node: "0123456789abcdef" })).toBe(true);
  });

  it("gives the kernel everything, an unknown process and a node nothing", () => {
    const { made } = checker({});
    expect(made.check(request({ kind: "kernel", id: "0" }), declare("operator"))).toBeUndefined();
    expect(made.check(request(of(77)), declare())).toContain("no process 77");
    expect(made.check(request({ kind: "node", id: "n" }), declare())).toContain("no rights");
    expect(made.check(request({ kind: "process", id: "01" }), declare())).toContain("no process");
  });

  it("revokes everything with the exit of a process", () => {
    const { made, table, entry } = checker({});
    table.exit(entry, { kind: "normal" });
    expect(made.check(request(of(1)), declare("spawn"))).toBe("process 1 has exited");
    expect(made.snapshot(of(1))).toBeNull();
  });

  it("measures principals by their role", () => {
    const { made } = checker({});
    const check = (role?: "viewer" | "operator" | "admin") =>
      made.check(request({ kind: "principal", id: "ann", ...(role && { role }) }), declare("operator"));
    expect([check(), check("viewer")].every((refusal) => refusal?.includes("operator is needed"))).toBe(true);
    expect([check("operator"), check("admin")]).toEqual([undefined, undefined]);
  });
});

describe("stored rights", () => {
  it("hold after the process is gone, as they were", () => {
    const { made, table, entry } = checker({ tools: { allow: ["http.post"], deny: [] } });
    const rights = made.snapshot(of(1));
    table.exit(entry, { kind: "normal" });
    table.reap();
    expect(made.checkSnapshot(rights, request(of(1), { tool: "http.post" }), declare("tool"))).toBeUndefined();
    expect(made.checkSnapshot(rights, request(of(1), { tool: "fs.remove" }), declare("tool"))).toContain("not granted");
  });

  it.each([[null], ["kernel"], [{ kind: "process" }], [{ kind: "kernel", extra: 1 }], [{ kind: "node" }], [[]]])(
    "refuse when they cannot be read: %j",
    (snapshot) => {
      const { made } = checker({});
      expect(made.checkSnapshot(snapshot as JsonValue, request(of(1)), declare())).toContain("cannot be read");
    },
  );

  it("keep kernel and principals apart", () => {
    const { made } = checker({});
    const viewer = made.snapshot({ kind: "principal", id: "v", role: "viewer" });
    expect(made.checkSnapshot(viewer, request(of(1)), declare())).toContain("operator is needed");
    const kernel = made.snapshot({ kind: "kernel", id: "0" });
    expect(made.checkSnapshot(kernel, request(of(1)), declare("operator"))).toBeUndefined();
    expect(made.snapshot({ kind: "node", id: "n" })).toBeNull();
    expect(made.snapshot({ kind: "principal", id: "nobody" })).toBeNull();
  });
});
