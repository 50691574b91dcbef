import type { AgentContext, Message } from "@weftos/interface";
import { manualClock } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { MAX_A_TURN, MAX_SLIPS } from "../../../src/backends/talk-bounds.ts";
import { type LinkOwner, WorkerLink } from "../../../src/backends/worker-link.ts";
import type { ToWorker } from "../../../src/backends/worker-protocol.ts";

const MIB = 1024 * 1024;

/** A link to a worker for whose agent these messages wait. */
function linkWith(sizes: readonly number[]) {
  const waiting = sizes.map((bytes, at) => ({ id: `m${at}`, bytes, deadline: undefined }) as Message);
  const said: ToWorker[] = [];
  const violated: string[] = [];
  const clock = manualClock();
  const inbox = { receive: async () => waiting.shift() };
  const link = new WorkerLink(
    { inbox, tools: { list: async () => [] } } as unknown as AgentContext,
    (message) => said.push(message),
    () => undefined,
    clock,
    { entered: () => undefined, violated: (what: string) => violated.push(what) } as unknown as LinkOwner,
  );
  return { link, clock, said, violated, pushed: () => said.filter(({ type }) => type === "message").length };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) await Promise.resolve();
}

it("pushes 64 messages ahead, and more as they are taken", async () => {
  const { link, pushed } = linkWith(Array.from({ length: 70 }, () => 8));
  const pumped = link.pump();
  await turns();
  expect(pushed()).toBe(64);
  link.receive({ type: "credit", count: 6 });
  await turns();
  expect(pushed()).toBe(70);
  link.receive({ type: "credit", count: 64 });
  await pumped;
});

it("pushes no more ahead once their payloads have 16 MiB", async () => {
  const { link, pushed } = linkWith([15 * MIB, 15 * MIB, 1, 15 * MIB]);
  const pumped = link.pump();
  await turns();
  expect(pushed()).toBe(2);
  link.receive({ type: "credit", count: 1 });
  await turns();
  expect(pushed()).toBe(4);
  link.receive({ type: "credit", count: 3 });
  await pumped;
});

describe("a worker that talks without end", () => {
  const nothing: readonly (readonly [string, (id: number) => object])[] = [
    ["calls that fit no schema", (id) => ({ type: "call", id, call: { method: "reign" } })],
    ["cancellations of calls that there are not", (id) => ({ type: "cancel", id })],
    ["answers to pings that there were not", (id) => ({ type: "pong", id })],
  ];

  it.each(nothing)("may make 1000 %s in a second, and breaks the protocol with the next, once", async (_, slip) => {
    const { link, clock, said, violated } = linkWith([]);
    const say = (times: number): void => {
      for (let id = 1; id <= times; id += 1) link.receive(slip(id));
    };
    say(MAX_SLIPS);
    await clock.advance(1000);
    say(MAX_SLIPS);
    expect(violated).toEqual([]);
    say(2);
    expect(violated).toEqual([expect.stringContaining("came to nothing")]);
    expect(said.length).toBeLessThanOrEqual(2 * MAX_SLIPS + 1);
  });

  it("may be heard 8192 times in a turn of the kernel's thread, whatever it says, and as often in the next", async () => {
    const { link, violated } = linkWith([]);
    const call = async (id: number): Promise<void> => {
      link.receive({ type: "call", id, call: { method: "listTools" } });
      if (id % 500 === 0) for (let step = 0; step < 20; step += 1) await Promise.resolve();
    };
    for (let id = 1; id <= MAX_A_TURN; id += 1) await call(id);
    await new Promise((resolve) => setImmediate(resolve));
    for (let id = 1; id <= MAX_A_TURN; id += 1) await call(id);
    expect(violated).toEqual([]);
    await call(MAX_A_TURN + 1);
    expect(violated).toEqual([`it said more than ${MAX_A_TURN} messages at once`]);
  });
});
