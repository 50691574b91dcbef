/** What every `ToolRunner` keeps to. */
import type { JsonValue, Subject, ToolRunner } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A runner under test, with one tool that nobody need be asked about. */
export interface ToolRunnerCase {
  readonly runner: ToolRunner;
  /** May call the tool. */
  readonly holder: Subject;
  /** Exists, and may call no tool at all. */
  readonly bare: Subject;
  readonly tool: {
    readonly name: string;
    readonly input: JsonValue;
    /** What the call gives. */
    readonly output: JsonValue;
    /** Does not match the tool's schema. */
    readonly invalid: JsonValue;
  };
  dispose(): Promise<void>;
}

/** Declares the suite for one implementation of `ToolRunner`. */
export function toolRunnerContract(name: string, implementation: { create(): Promise<ToolRunnerCase> }): void {
  describe(`${name} keeps the contract of ToolRunner`, () => {
    let subject: ToolRunnerCase;
    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(() => subject.dispose());

    it("runs a tool for who may call it", async () => {
      const { runner, holder, tool } = subject;
      expect(await runner.call(holder, tool.name, tool.input)).toEqual(tool.output);
    });

    it("refuses a tool to who may not call it", async () => {
      const { runner, bare, tool } = subject;
      await expect(runner.call(bare, tool.name, tool.input)).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
    });

    it("lists the tools a subject may call, with schema and action, and no other", async () => {
      const { runner, holder, bare, tool } = subject;
      const info = (await runner.list(holder)).find((one) => one.name === tool.name);
      expect(info?.description).toMatch(/\S/);
      expect(info?.action).toMatch(/\S/);
      expect(info?.inputSchema).toBeTypeOf("object");
      expect(await runner.list(bare)).toEqual([]);
    });

    it("says so when there is no such tool", async () => {
      const { runner, holder } = subject;
      await expect(runner.call(holder, "contract.none", null)).rejects.toMatchObject({ code: "TOOL_NOT_FOUND" });
    });

    it("refuses input that does not match the tool's schema", async () => {
      const { runner, holder, tool } = subject;
      await expect(runner.call(holder, tool.name, tool.invalid)).rejects.toMatchObject({ code: "TOOL_INPUT_INVALID" });
    });

    it("runs nothing for a signal that aborted", async () => {
      const { runner, holder, tool } = subject;
      const reason = new Error("stop");
      const call = runner.call(holder, tool.name, tool.input, { signal: AbortSignal.abort(reason) });
      await expect(call).rejects.toBe(reason);
    });
  });
}
