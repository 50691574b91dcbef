/** What every `CapabilityCheck` keeps to. */
import type { Capabilities, CapabilityCheck, JsonValue, Right, Role, Subject } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { declare, KERNEL, request } from "./action-requests.ts";

/** A check under test. */
export interface CapabilityCheckCase {
  readonly check: CapabilityCheck;
  /** Makes a process that runs and holds exactly these. */
  processWith(capabilities: Capabilities): Promise<Subject>;
  /** An existing folder, absolute, real and empty, in the files that the check looks at. */
  readonly folder: string;
  dispose(): Promise<void>;
}

const rights: readonly Right[] = ["spawn", "ipc", "tool", "network", "files.read", "files.write", "operator"];

function none(): Capabilities {
  return {
    canSpawn: false,
    canIpc: false,
    canExecTools: false,
    canNetwork: false,
    ipcScope: { kind: "none" },
    tools: { allow: [], deny: [] },
    files: { read: [], write: [], own: [], deny: [] },
  };
}

function all(folder: string): Capabilities {
  return {
    canSpawn: true,
    canIpc: true,
    canExecTools: true,
    canNetwork: true,
    ipcScope: { kind: "all" },
    tools: { allow: ["**"], deny: ["tool.secret"] },
    files: { read: [folder], write: [folder], own: [], deny: [`${folder}/denied`] },
  };
}

/** Declares the suite for one implementation of `CapabilityCheck`. */
export function capabilityCheckContract(
  name: string,
  implementation: { create(): Promise<CapabilityCheckCase> },
): void {
  describe(`${name} keeps the contract of CapabilityCheck`, () => {
    let subject: CapabilityCheckCase;
    /** The refusal, by the living rights and by their snapshot, which must agree on whether there is one. */
    const refusal = (who: Subject, right: Right, attributes = {}, action = "contract.act"): string | undefined => {
      const declaration = declare({ name: action, rights: [right] });
      const asked = request(who, action, attributes);
      const now = subject.check.check(asked, declaration);
      const stored: JsonValue = JSON.parse(JSON.stringify(subject.check.snapshot(who)));
      const later = subject.check.checkSnapshot(stored, asked, declaration);
      expect(later === undefined).toBe(now === undefined);
      return now;
    };
    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(() => subject.dispose());

    it.each(rights)("grants the kernel the right %s", (right) => {
      expect(refusal(KERNEL, right, { path: `${subject.folder}/a` })).toBeUndefined();
    });

    it.each(rights)("refuses the right %s to a process that does not exist", (right) => {
      const nobody: Subject = { kind: "process", id: "999999" };
      const declaration = declare({ rights: [right] });
      expect(subject.check.check(request(nobody, "contract.act", { path: "/" }), declaration)).toBeTypeOf("string");
    });

    it.each(rights)("refuses the right %s to a process that holds nothing, with a sentence", async (right) => {
      const who = await subject.processWith(none());
      expect(refusal(who, right, { path: `${subject.folder}/a` })).toMatch(/\S/);
    });

    it.each(rights.filter((right) => right !== "operator"))("grants the right %s to its holder", async (right) => {
      const who = await subject.processWith(all(subject.folder));
      expect(refusal(who, right, { path: `${subject.folder}/a`, tool: "fs.read" })).toBeUndefined();
    });

    it("refuses what is for operators to every process", async () => {
      expect(refusal(await subject.processWith(all(subject.folder)), "operator")).toBeTypeOf("string");
    });

    it("lets deny beat allow for tools, by the attribute `tool`", async () => {
      const who = await subject.processWith(all(subject.folder));
      expect(refusal(who, "tool", { tool: "tool.other" })).toBeUndefined();
      expect(refusal(who, "tool", { tool: "tool.secret" })).toBeTypeOf("string");
    });

    it("lets deny beat allow for files, and grants a folder with all below it only", async () => {
      const who = await subject.processWith(all(subject.folder));
      const { folder } = subject;
      expect(refusal(who, "files.write", { path: folder })).toBeUndefined();
      expect(refusal(who, "files.write", { path: `${folder}/a/b` })).toBeUndefined();
      expect(refusal(who, "files.write", { path: `${folder}-beside` })).toBeTypeOf("string");
      expect(refusal(who, "files.read", { path: `${folder}/denied/a` })).toBeTypeOf("string");
      expect(refusal(who, "files.read", { path: `${folder}/denied` })).toBeTypeOf("string");
    });

    it("refuses a file action that names no path", async () => {
      const who = await subject.processWith(all(subject.folder));
      expect(refusal(who, "files.read")).toBeTypeOf("string");
      expect(refusal(who, "files.write", { path: 7 })).toBeTypeOf("string");
    });

    it("wants all declared rights, not one of them", async () => {
      const who = await subject.processWith({ ...none(), canNetwork: true });
      const declaration = declare({ rights: ["network", "spawn"] });
      expect(subject.check.check(request(who), declaration)).toBeTypeOf("string");
    });

    it("measures a principal by its role alone", () => {
      const roles: readonly Role[] = ["viewer", "operator", "approver", "admin"];
      for (const [held, role] of roles.entries()) {
        for (const [least, needed] of roles.entries()) {
          const declaration = declare({ rights: ["spawn", "operator"], role: needed });
          const refused = subject.check.check(request({ kind: "principal", id: "alice", role }), declaration);
          expect(refused === undefined, `${role} for ${needed}`).toBe(held >= least);
        }
      }
    });

    it("grants a principal without a role nothing", () => {
      const declaration = declare({ role: "viewer" });
      expect(subject.check.check(request({ kind: "principal", id: "alice" }), declaration)).toBeTypeOf("string");
    });

    it.each<JsonValue>([null, 7, "all", [], {}, { capabilities: null }, { version: 999 }])(
      "refuses by the unreadable snapshot %j",
      (snapshot) => {
        const declaration = declare({ rights: ["spawn"] });
        let refused: unknown;
        try {
          refused = subject.check.checkSnapshot(snapshot, request({ kind: "process", id: "7" }), declaration);
        } catch (error) {
          refused = String(error); // the guard takes a check that throws for a refusal
        }
        expect(refused).toBeTypeOf("string");
      },
    );
  });
}
