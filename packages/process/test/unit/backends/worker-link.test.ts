import type { AgentContext, Message } from "@weftos/interface";
import { manualClock } from "@weftos/testkit";
import { expect, it } from "vitest";
import { WorkerLink } from "../../../src/backends/worker-link.ts";
import type { ToWorker } from "../../../src/backends/worker-protocol.ts";

const MIB = 1024 * 1024;

/** A link to a worker for whose agent these messages wait. */
function linkWith(sizes: readonly number[]) {
  const waiting = sizes.map((bytes, at) => ({ id: `m${at}`, bytes, deadline: undefined }) as Message);
  const said: ToWorker[] = [];
  const inbox = { receive: async () => waiting.shift() };
  const link = new WorkerLink(
    { inbox } as unknown as AgentContext,
    (message) => said.push(message),
    () => undefined,
    manualClock(),
    {} as ConstructorParameters<typeof WorkerLink>[4],
  );
  return { link, pushed: () => said.filter(({ type }) => type === "message").length };
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
