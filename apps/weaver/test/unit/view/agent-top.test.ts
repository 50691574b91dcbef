import { describe, expect, it } from "vitest";
import { topText } from "../../../src/view/agent-top.ts";
import { styleFor } from "../../../src/view/style.ts";
import { cutLine } from "../../../src/view/table.ts";

const style = styleFor({ color: false });
const agent = (pid: number, more: object) => ({
  pid,
  name: `agent-${pid}`,
  state: "running",
  activity: { kind: "waiting", on: "reply" },
  backend: "worker",
  restarts: 1,
  startedAt: 1000,
  mailbox: 3,
  cpuMs: 0,
  memoryBytes: 1_048_576,
  sent: 10,
  toolCalls: 2,
  ...more,
});

describe("a picture of agents", () => {
  it("gives rates against the picture before, the busiest first", () => {
    const before = { time: 1000, agents: [agent(1, {}), agent(2, {})] };
    const after = { time: 3000, agents: [agent(1, { sent: 12 }), agent(2, { cpuMs: 1000 })] };
    const lines = topText(after as never, before as never, { style, now: 3000 }).split("\n");
    expect(lines[0]).toContain("agents 2  running 2");
    expect(lines[2]?.trim().split(/ {2,}/)).toEqual([
      "2",
      "agent-2",
      "running",
      "waiting (reply)",
      "3",
      "50.0",
      "1.0",
      "0.0",
      "2",
      "1",
      "worker",
      "2 s",
    ]);
    expect(lines[3]).toMatch(/agent-1 .* 0\.0 +1\.0 +1\.0 /);
  });

  it("has dashes for what cannot be measured, and breaks on nothing", () => {
    const one = { time: 2000, agents: [agent(1, { cpuMs: null, memoryBytes: null, activity: null })] };
    expect(topText(one as never, undefined, { style, now: 2000 })).toMatch(/-\s+3\s+-\s+-\s+10\.0/);
    expect(topText(null, undefined, { style, now: 0 })).toContain("no agents run");
    expect(topText({ agents: [{}] } as never, { agents: "x" } as never, { style, now: 0 })).toContain("-");
  });

  it("is cut to the width of the terminal", () => {
    expect(cutLine("abcdef", 4)).toBe("abc…");
    expect(cutLine("\u001b[1mab\u001b[0m", 4)).toBe("\u001b[1mab\u001b[0m");
  });
});
