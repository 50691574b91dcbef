import { type AgentHandle, defineAgent, type ExitReason, type Pid } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import type { ProcessContext } from "../../../src/agent/process-context.ts";
import { rootCapabilities } from "../../../src/capability/default-capabilities.ts";
import { AgentRun } from "../../../src/supervision/run.ts";

const context = { inbox: { receiving: true, asking: false }, signal: new AbortController().signal };
const handle: AgentHandle = { pid: 7 as Pid, name: "clerk", exited: new Promise(() => undefined) };
const agent = {
  spec: { kind: "agent", name: "clerk", parent: 0 as Pid, backend: "inline", source: { secret: "code" } },
  handle,
} as const;

function made() {
  const run = new AgentRun({ pid: 7 as Pid, restarts: 2, startedAt: 5, capabilities: rootCapabilities }, agent);
  run.context = context as unknown as ProcessContext;
  const told: ExitReason[] = [];
  const owner = { ended: (_agent: typeof agent, _run: typeof run, reason: ExitReason) => void told.push(reason) };
  return { run, told, owner };
}

const turn = async (): Promise<void> => {
  for (let step = 0; step < 5; step += 1) await Promise.resolve();
};

describe("the start of an agent", () => {
  it("says what its agent is, and the same when it has ended, without what it ran with", async () => {
    const { run } = made();
    const before = { ...run.info(), handle: run.handle };
    expect(before).toMatchObject({ pid: 7, name: "clerk", parent: 0, backend: "inline", restarts: 2, handle });
    const finished = run.finished();
    run.state = "exited";
    run.exited({ kind: "normal" });
    run.finish();
    await finished;
    await run.finished();
    expect({ ...run.info(), handle: run.handle }).toEqual({
      ...before,
      state: "exited",
      activity: undefined,
      exit: { kind: "normal" },
    });
    expect([run.child, run.context, run.agent]).toEqual([undefined, undefined, undefined]);
    expect(JSON.stringify(Object.values(run))).not.toContain("secret");
  });

  it("tells an end that came before anybody listened, later and once", async () => {
    const { run, told, owner } = made();
    run.enter(
      defineAgent({
        name: "clerk",
        run: () => {
          throw new Error("at once");
        },
      }),
      context as unknown as ProcessContext,
    );
    await turn();
    run.listen(owner);
    expect(told).toEqual([]);
    await turn();
    expect(told).toEqual([{ kind: "crash", error: "at once", code: undefined }]);
  });

  it("tells that it was killed a turn later, and nothing once it is over", async () => {
    const { run, told, owner } = made();
    run.listen(owner);
    const killed = run.kill();
    expect(told).toEqual([]);
    await killed;
    expect(told).toEqual([{ kind: "killed" }]);
    run.finish();
    run.returned();
    run.threw(new Error("late"));
    expect(told).toHaveLength(1);
  });

  it("lets the first cause, and the first reason that stands, count", () => {
    const { run } = made();
    run.cause = "operator";
    run.cause = "shutdown";
    run.forced = { kind: "killed" };
    run.forced = { kind: "timeout" };
    expect([run.cause, run.forced]).toEqual(["operator", { kind: "killed" }]);
  });
});
