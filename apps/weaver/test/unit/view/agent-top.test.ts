import { describe, expect, it } from "vitest";
import { topPicture } from "../../../src/view/agent-top.ts";
import { styleFor } from "../../../src/view/style.ts";
import { cutLine, displayWidth } from "../../../src/view/table.ts";

const style = styleFor({ color: false });
const topText = (...[latest, before, context]: Parameters<typeof topPicture>): string => {
  const { head, rows } = topPicture(latest, before, context);
  return [...head, ...rows].join("\n");
};
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
      "1.0M",
      "0.0",
      "1",
      "2",
      "worker",
      "2 s",
    ]);
    expect(lines[3]).toMatch(/agent-1 .* 0\.0 +1\.0M +1\.0 /);
  });

  it("has rates since its start for an agent that was in no picture before", () => {
    const one = { time: 3000, agents: [agent(1, { cpuMs: 500 })] };
    expect(topText(one as never, undefined, { style, now: 3000 })).toMatch(/ 25\.0 +1\.0M +5\.0 /);
    const before = { time: 2000, agents: [] };
    expect(topText(one as never, before as never, { style, now: 3000 })).toMatch(/ 25\.0 +1\.0M +5\.0 /);
  });

  it("counts those that do not run, and those that hang", () => {
    const agents = [
      agent(1, { state: "suspended" }),
      agent(2, { activity: { kind: "hung", forMs: 12_000 } }),
      agent(3, {}),
    ];
    const { head, rows } = topPicture({ agents } as never, undefined, { style, now: 45_296_000 });
    expect(head[0]).toBe("agents 3  running 2  suspended 1  hung 1  12:34:56 UTC");
    expect(rows[1]).toContain("hung 12 s");
  });

  it.each([
    [200, "PID AGENT STATE ACTIVITY MAIL CPU% MEM MSG/S RST TOOLS BACKEND AGE"],
    [80, "PID AGENT STATE ACTIVITY MAIL CPU% MEM MSG/S RST"],
    [60, "PID AGENT STATE ACTIVITY CPU% MEM"],
  ])("fits %d columns, by leaving out what matters least and cutting names", (width, titles) => {
    const agents = [agent(1, { name: "数据-an-agent-with-quite-a-long-name-indeed" }), agent(2, {})];
    const { head, rows } = topPicture({ agents } as never, undefined, { style, now: 3000, width });
    expect(head[1]?.trim().split(/ +/).join(" ")).toBe(titles);
    for (const line of [...head, ...rows]) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    expect(rows[0]).toContain(width === 200 ? "name-indeed " : "… ");
    expect(rows[1]).toContain("agent-2 ");
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
