import type { Capabilities, IpcScope, Pid } from "@weftos/interface";
import { compileGlob } from "@weftos/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attenuate, fillRequest } from "../../../src/capability/attenuate.ts";
import { CapabilityChecker } from "../../../src/capability/capability-checker.ts";
import { covers } from "../../../src/capability/glob-cover.ts";
import { ProcessTable } from "../../../src/table/process-table.ts";
import { entryOf } from "../../table-entry.ts";

const segment = fc.constantFrom("a", "b", "ab", "abc");
const names = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));
const wild = fc.constantFrom("a", "b", "*", "a*", "*b", "**", "a*c", "***");
const glob = fc.array(fc.oneof(segment, wild), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));
const path = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join("/")}`);
const roots = fc.array(path, { maxLength: 3 });
const scope: fc.Arbitrary<IpcScope> = fc.oneof(
  fc.constant<IpcScope>({ kind: "all" }),
  fc.constant<IpcScope>({ kind: "parentOnly" }),
  fc.constant<IpcScope>({ kind: "none" }),
  fc
    .array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 })
    .map((pids): IpcScope => ({ kind: "restricted", pids: pids as Pid[] })),
  fc.array(glob, { maxLength: 3 }).map((topics): IpcScope => ({ kind: "topic", topics })),
);
const globs = fc.array(glob, { maxLength: 3 });
const capabilities: fc.Arbitrary<Capabilities> = fc.record({
  canSpawn: fc.boolean(),
  canIpc: fc.boolean(),
  canExecTools: fc.boolean(),
  canNetwork: fc.boolean(),
  ipcScope: scope,
  tools: fc.record({ allow: globs, deny: globs }),
  files: fc.record({ read: roots, write: roots, own: roots, deny: roots }),
});

describe("attenuation", () => {
  it("never gives a child a right that its parent lacks", () => {
    const request = fc.oneof(
      fc.constant({ right: "spawn", attributes: {} }),
      fc.constant({ right: "network", attributes: {} }),
      names.map((tool) => ({ right: "tool", attributes: { tool } })),
      names.map((topic) => ({ right: "ipc", attributes: { topic } })),
      path.map((given) => ({ right: "files.read", attributes: { path: given } })),
      path.map((given) => ({ right: "files.write", attributes: { path: given } })),
    );
    fc.assert(
      fc.property(
        capabilities,
        capabilities,
        fc.array(request, { minLength: 5, maxLength: 20 }),
        (parent, wanted, requests) => {
          const table = new ProcessTable({ maxLive: 9, maxExited: 9 }, 0, () => undefined);
          table.insert(entryOf(1, 0, parent));
          const cut = attenuate(wanted, parent, 1 as Pid);
          table.insert(entryOf(2, 1, cut));
          const checker = new CapabilityChecker(table);
          for (const { right, attributes } of requests) {
            const check = (id: string): boolean =>
              checker.check({ action: "x", subject: { kind: "process", id }, resource: "", attributes }, {
                rights: [right],
              } as never) === undefined;
            if (check("2"))
              expect({ right, attributes, parentHolds: check("1") }).toEqual({ right, attributes, parentHolds: true });
          }
          for (const own of cut.files.own)
            expect(parent.files.own.some((root) => `${own}/`.startsWith(root === "/" ? "/" : `${root}/`))).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("never reaches a process that the parent does not, its own family apart", () => {
    fc.assert(
      fc.property(scope, scope, fc.integer({ min: 0, max: 5 }), (parent, wanted, target) => {
        const cut = attenuate(fillRequest({ ipcScope: wanted }), fillRequest({ ipcScope: parent }), 1 as Pid).ipcScope;
        if (cut.kind === "all") expect(parent.kind).toBe("all");
        if (cut.kind === "restricted" && cut.pids.includes(target as Pid) && parent.kind === "restricted") {
          expect(parent.pids).toContain(target);
        }
      }),
    );
  });

  it("keeps what both sides name", () => {
    const parent = fillRequest({
      tools: { allow: ["fs.*", "http.post"], deny: ["fs.remove"] },
      files: { read: ["/docs"] },
    });
    const child = fillRequest({
      tools: { allow: ["fs.read", "net.*", "http.*"] },
      files: { read: ["/docs/a", "/etc"] },
    });
    const cut = attenuate(child, parent, 1 as Pid);
    expect(cut.tools).toEqual({ allow: ["fs.read", "http.post"], deny: ["fs.remove"] });
    expect(cut.files.read).toEqual(["/docs/a"]);
  });
});

describe("covering globs", () => {
  it("covers only what it matches", () => {
    fc.assert(
      fc.property(glob, glob, fc.array(names, { minLength: 10, maxLength: 30 }), (outer, inner, given) => {
        if (!covers(outer, inner)) return;
        for (const name of given) {
          if (compileGlob(inner).matches(name))
            expect([outer, inner, name, compileGlob(outer).matches(name)]).toEqual([outer, inner, name, true]);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ["*", "a.*", true],
    ["a.*", "a.b.*", true],
    ["a.*", "a.b", true],
    ["a.*", "a.*", true],
    ["a*", "a*b", true],
    ["a.b", "a.*", false],
    ["*.b", "**.b", false],
  ])("%s covers %s: %s", (outer, inner, expected) => {
    expect(covers(outer, inner)).toBe(expected);
  });
});
