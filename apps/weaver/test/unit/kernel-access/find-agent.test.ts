import type { JsonObject, JsonValue } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { agentWord } from "../../../src/arguments/agent-word.ts";
import { logged, prepare } from "../../../src/kernel-access/find-agent.ts";

const agents = [
  { pid: 3, name: "clerk" },
  { pid: 4, name: "echo" },
  ...Array.from({ length: 12 }, (_, index) => ({ pid: 20 + index, name: "worker" })),
];

function asked() {
  const calls: [string, JsonObject][] = [];
  const call = async (method: string, params: JsonObject): Promise<JsonValue> => {
    calls.push([method, params]);
    return { agents };
  };
  const find = (params: JsonObject) =>
    prepare(params, { call, dir: "/s", workingFolder: "/", values: {}, warn: () => undefined });
  return { calls, find };
}

describe("an agent that a command names", () => {
  it("is its PID, or what does not begin as a number does", () => {
    expect(agentWord("12")).toBe(12);
    expect(agentWord("clerk.night")).toBe("clerk.night");
    for (const word of ["12a", "-1", " x", "", "x".repeat(129)]) {
      expect(() => agentWord(word), word).toThrow("<agent> must be a whole number");
    }
    expect(() => agentWord("0")).toThrow("process 0 is the kernel, and no agent");
  });

  it("may have ended where its lines are wanted, and must have been there", async () => {
    const lines = [{ agent: "gone" }];
    const call = async (method: string, { agent }: JsonObject): Promise<JsonValue> =>
      method === "agent.list" ? { agents } : { lines: lines.filter((line) => line.agent === agent) };
    const find = (params: JsonObject) =>
      logged.prepare(params, { call, dir: "/s", workingFolder: "/", values: {}, warn: () => undefined });
    const wanted: readonly JsonObject[] = [{ agent: "gone" }, { agent: "clerk" }, { pid: 77 }, {}];
    for (const params of wanted) expect(await find(params)).toBe(params);
    await expect(find({ agent: "nobody" })).rejects.toThrow('no agent has the name "nobody"');
  });

  it("is found by its name among those that live, and a PID is asked for nowhere", async () => {
    const { calls, find } = asked();
    expect(await find({ pid: "echo", payload: "hi" })).toEqual({ pid: 4, payload: "hi" });
    expect(calls).toEqual([["agent.list", { exited: false }]]);
    expect(await find({ pid: 77 })).toEqual({ pid: 77 });
    expect(await find({ tail: 5 })).toEqual({ tail: 5 });
    expect(calls).toHaveLength(1);
    expect(await find({ module: "./x.ts", parent: "echo" })).toEqual({ module: "./x.ts", parent: 4 });
  });

  it("is a mistake of the user when none has the name, or several have, whose PIDs are told", async () => {
    const { find } = asked();
    await expect(find({ pid: "nobody" })).rejects.toMatchObject({
      code: "API_USAGE",
      message: 'no live agent has the name "nobody"',
    });
    await expect(find({ pid: "worker" })).rejects.toMatchObject({
      code: "API_USAGE",
      message: '12 live agents have the name "worker": 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, and 2 more',
      details: { hint: "give the PID of the one you mean, such as 20" },
    });
  });
});
