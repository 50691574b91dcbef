import type { Capabilities, CapabilityRequest, IpcScope, Pid } from "@weftos/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CapabilityChecker } from "../../../src/capability/capability-checker.ts";
import { narrow, widen } from "../../../src/capability/change-rights.ts";
import { rootCapabilities } from "../../../src/capability/default-capabilities.ts";
import { CapabilityInvalidError } from "../../../src/process-errors.ts";
import { ProcessTable } from "../../../src/table/process-table.ts";
import { entryOf } from "../../table-entry.ts";

const segment = fc.constantFrom("a", "b", "ab");
const name = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."));
const glob = fc
  .array(fc.oneof(segment, fc.constantFrom("*", "**", "a*")), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("."));
const path = fc.array(segment, { maxLength: 3 }).map((parts) => `/${parts.join("/")}`);
const globs = fc.array(glob, { maxLength: 3 });
const roots = fc.array(path, { maxLength: 3 });
const scope: fc.Arbitrary<IpcScope> = fc.oneof(
  fc.constantFrom<IpcScope>({ kind: "all" }, { kind: "none" }, { kind: "parentOnly" }),
  fc.array(fc.integer({ min: 0, max: 4 })).map((pids): IpcScope => ({ kind: "restricted", pids: pids as Pid[] })),
  globs.map((topics): IpcScope => ({ kind: "topic", topics })),
);
const held: fc.Arbitrary<Capabilities> = fc.record({
  canSpawn: fc.boolean(),
  canIpc: fc.boolean(),
  canExecTools: fc.boolean(),
  canNetwork: fc.boolean(),
  ipcScope: scope,
  tools: fc.record({ allow: globs, deny: globs }),
  files: fc.record({ read: roots, write: roots, own: roots, deny: roots }),
});
const acts = fc.array(
  fc.oneof(
    name.map((tool) => ({ right: "tool", attributes: { tool } as Record<string, string | number> })),
    name.map((topic) => ({ right: "ipc", attributes: { topic } })),
    fc.integer({ min: 0, max: 4 }).map((pid) => ({ right: "ipc", attributes: { pid } })),
    path.map((of) => ({ right: "files.read", attributes: { path: of } })),
    path.map((of) => ({ right: "files.write", attributes: { path: of } })),
    fc.constantFrom({ right: "spawn", attributes: {} }, { right: "network", attributes: {} }),
  ),
  { minLength: 10, maxLength: 30 },
);

/** Asks for one act under rights. */
function may(rights: Capabilities, act: { readonly right: string; readonly attributes: object }): boolean {
  const table = new ProcessTable({ maxLive: 9, maxExited: 9 }, 0, () => undefined);
  table.insert(entryOf(9, 0, rights));
  const request = {
    action: "x",
    subject: { kind: "process" as const, id: "9" },
    resource: "",
    attributes: act.attributes,
  };
  const refusal = new CapabilityChecker(table).check(request as never, { rights: [act.right] } as never);
  return refusal === undefined;
}

/** What cannot be written down is refused, which is no failure here. */
function tried(change: () => Capabilities): Capabilities | undefined {
  try {
    return change();
  } catch (error) {
    if (error instanceof CapabilityInvalidError) return undefined;
    throw error;
  }
}

describe("narrowing", () => {
  it("never allows what was not allowed before, nor what it takes", () => {
    fc.assert(
      fc.property(held, held, acts, (before, taken, tries) => {
        const { tools, files } = taken;
        const less: CapabilityRequest = { ipcScope: taken.ipcScope, tools, files };
        const after = tried(() => narrow(before, less, 0 as Pid));
        if (after === undefined) return;
        const gone = { ...rootCapabilities, canExecTools: true, tools: { allow: tools.allow, deny: [] }, files };
        for (const act of tries) {
          if (!may(before, act)) expect(may(after, act)).toBe(false);
          if (act.right === "tool" && may(gone, act)) expect(may(after, act)).toBe(false);
          for (const [right, named] of [
            ["files.read", files.read],
            ["files.write", files.write],
          ] as const) {
            const only = { read: named, write: named, own: [], deny: [] };
            if (act.right === right && may({ ...gone, files: only }, act)) expect(may(after, act)).toBe(false);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("takes flags that are false and leaves the others", () => {
    const all = { ...rootCapabilities, canNetwork: true };
    const less = narrow(all, { canNetwork: false }, 0 as Pid);
    expect([less.canNetwork, less.canSpawn]).toEqual([false, true]);
    expect(() => narrow(all, { canSpawn: true }, 0 as Pid)).toThrow("to revoke a right is to make it false");
  });

  it("refuses to take a root out of a wider one, and denies a tool out of a wider glob", () => {
    const wide = { ...rootCapabilities, tools: { allow: ["fs.*"], deny: [] } };
    const files = { read: ["/work"], write: [], own: [], deny: [] };
    expect(() => narrow({ ...wide, files }, { files: { read: ["/work/a"] } }, 0 as Pid)).toThrow(
      "/work/a and /work, which stays",
    );
    const cut = narrow(wide, { tools: { allow: ["fs.remove"] } }, 0 as Pid);
    expect(cut.tools).toEqual({ allow: ["fs.*"], deny: ["fs.remove"] });
    expect(may(cut, { right: "tool", attributes: { tool: "fs.remove" } })).toBe(false);
    expect(may(cut, { right: "tool", attributes: { tool: "fs.read" } })).toBe(true);
  });
});

describe("widening", () => {
  it("never takes what was allowed before, and gives what it names or refuses", () => {
    fc.assert(
      fc.property(held, held, acts, (before, more, tries) => {
        const { read, write, own } = more.files;
        const request: CapabilityRequest = {
          ipcScope: more.ipcScope,
          tools: { allow: more.tools.allow },
          files: { read, write, own },
        };
        const after = tried(() => widen(before, request));
        if (after === undefined) return;
        for (const act of tries) if (may(before, act)) expect(may(after, act)).toBe(true);
        for (const tool of more.tools.allow.filter((of) => !of.includes("*"))) {
          if (before.canExecTools) expect(may(after, { right: "tool", attributes: { tool } })).toBe(true);
        }
        for (const root of read) expect(may(after, { right: "files.read", attributes: { path: root } })).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("lifts exactly the denial that it names, and refuses under a wider one", () => {
    const base = { ...rootCapabilities, tools: { allow: ["fs.*"], deny: ["fs.remove"] } };
    expect(widen(base, { tools: { allow: ["fs.remove"] } }).tools.deny).toEqual([]);
    const denied = { ...base, tools: { allow: [], deny: ["fs.*"] } };
    expect(() => widen(denied, { tools: { allow: ["fs.read"] } })).toThrow("fs.read is denied by fs.*");
    const files = { read: [], write: [], own: [], deny: ["/secret"] };
    expect(() => widen({ ...base, files }, { files: { read: ["/secret/key"] } })).toThrow("denied by /secret");
  });

  it("has no way to take or deny", () => {
    expect(() => widen(rootCapabilities, { canSpawn: false })).toThrow("revoke it");
    expect(() => widen(rootCapabilities, { tools: { deny: ["x"] } })).toThrow("revoke instead");
    expect(() => widen(rootCapabilities, { files: { deny: ["/x"] } })).toThrow("revoke instead");
    const alone: Capabilities = { ...rootCapabilities, ipcScope: { kind: "parentOnly" } };
    expect(() => widen(alone, { ipcScope: { kind: "topic", topics: ["a"] } })).toThrow("no scope that holds both");
  });
});
