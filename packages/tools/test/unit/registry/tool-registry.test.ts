import { defineAction } from "@weftos/interface";
import { z } from "@weftos/schema";
import { describe, expect, it } from "vitest";
import { defineTool, type Tool, tools } from "../../../src/index.ts";
import { guarding } from "../guarding.ts";

const input = z.strictObject({});
function tool(name: string, action = name, risk = 0): Tool {
  return defineTool({
    name,
    description: name,
    input,
    action: defineAction({ name: action, input, effect: { risk }, audit: "logged", run: () => null }),
  });
}

describe("the feature", () => {
  it("declares each action once, with its effect and audit level", () => {
    const { actions } = tools({ tools: [tool("a.b", "x.y"), tool("a.c", "x.y")] });
    expect(actions.map(({ name, audit, rights, effect }) => [name, audit, rights, effect.risk])).toEqual([
      ["fs.read", "digest", ["tool", "files.read"], 0.1],
      ["fs.remove", "durable", ["tool", "files.write"], 0.7],
      ["net.post", "durable", ["tool", "network"], 0.5],
      ["x.y", "logged", ["tool"], 0],
    ]);
    expect(actions[0]?.effect).toMatchObject({ privacy: 0.05, security: 0 });
    expect(actions[1]?.effect).toMatchObject({ security: 0.3 });
    expect(actions[2]?.effect).toMatchObject({ privacy: 0.3, security: 0.4 });
  });

  it("describes an event for each action that leaves one", () => {
    expect(tools({ tools: [tool("a.b")] }).events.map(({ kind }) => kind)).toEqual(["fs.remove", "net.post", "a.b"]);
  });

  it.each(["", ".", "a..b", "a b", "a.*", "x".repeat(129), "ä"])("refuses a tool of the name %j", (name) => {
    expect(() => guarding({ tools: [tool(name, "x.y")] })).toThrow(
      expect.objectContaining({ code: "TOOL_DEFINITION_INVALID" }),
    );
  });

  it("refuses two tools of one name, and two declarations of one action", () => {
    expect(() => guarding({ tools: [tool("fs.stat", "x.y")] })).toThrow(/each tool once/);
    expect(() => tools({ tools: [tool("a.b", "x.y", 0.1), tool("a.c", "x.y", 0.2)] })).toThrow(/one declaration/);
    expect(() => tools({ tools: [tool("a.b", "fs.remove")] })).toThrow(
      expect.objectContaining({ code: "TOOL_DEFINITION_INVALID", details: { tool: "a.b" } }),
    );
  });
});
