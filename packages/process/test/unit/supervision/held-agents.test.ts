import type { EventSource, Pid } from "@weftos/interface";
import { expect, it } from "vitest";
import type { ProcessEvents } from "../../../src/processes.ts";
import type { Child } from "../../../src/supervision/child.ts";
import { HeldAgents } from "../../../src/supervision/held-agents.ts";

const pid = 7 as Pid;

/** An agent that the last kernel left suspended, and what is said of it. */
function leftSuspended() {
  const listeners = new Set<() => void>();
  const state: { child: Pick<Child, "suspended"> | undefined; left: boolean } = { child: undefined, left: true };
  const held = new HeldAgents({
    pidNow: (of) => of,
    find: () => state.child as Child | undefined,
    leftSuspended: () => state.left,
    events: {
      on: (_: string, listener: () => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    } as unknown as EventSource<ProcessEvents>,
  });
  const tell = async (): Promise<void> => {
    for (const listener of listeners) listener();
    await Promise.resolve();
    await Promise.resolve();
  };
  let resumed = false;
  const note = (): void => {
    resumed = true;
  };
  held.until(pid)?.then(note, note);
  return { state, listeners, tell, resumed: () => resumed };
}

it("waits from what the last kernel left to the resumption under the next PID", async () => {
  const { state, listeners, tell, resumed } = leftSuspended();
  await tell();
  state.child = { suspended: true };
  state.left = false;
  await tell();
  expect([resumed(), listeners.size]).toEqual([false, 1]);
  state.child = { suspended: false };
  await tell();
  expect([resumed(), listeners.size]).toEqual([true, 0]);
});

it("waits no longer for an agent that has ended for good, and says nothing of it", async () => {
  const { state, listeners, tell, resumed } = leftSuspended();
  state.left = false;
  await tell();
  expect([resumed(), listeners.size]).toEqual([false, 0]);
});
