import type { Inbox, Message, Pid } from "@weftos/interface";
import { expect, it } from "vitest";
import { AgentInbox } from "../../../src/agent/agent-inbox.ts";

const message = (payload: string, kind: Message["kind"] = "text"): Message => ({
  id: payload,
  from: 0 as Pid,
  target: { kind: "process", pid: 1 as Pid },
  kind,
  payload,
  sentAt: 0,
  correlationId: undefined,
  deadline: undefined,
  trace: undefined,
  error: undefined,
});

function inbox() {
  const waiting: ((message: Message | undefined) => void)[] = [];
  const source: Inbox = {
    depth: 3,
    receive: (options) =>
      new Promise((resolve, reject) => {
        waiting.push(resolve);
        options?.signal?.addEventListener("abort", () => reject(options.signal?.reason));
      }),
    [Symbol.asyncIterator]: () => {
      throw new Error("an agent's inbox takes messages one by one");
    },
  };
  const signals: Message[] = [];
  const undelivered: Message[] = [];
  const made = new AgentInbox(source, {
    onSignal: (signal) => signals.push(signal),
    onUndelivered: (lost) => undelivered.push(...lost),
  });
  const give = async (given: Message | undefined): Promise<void> => {
    waiting.shift()?.(given);
    await Promise.resolve();
  };
  return { made, give, signals, undelivered, waiting };
}

it("hands out messages in turn and ends with its source", async () => {
  const { made, give } = inbox();
  const first = made.receive();
  const second = made.receive();
  await give(message("a"));
  await give(message("b"));
  expect([(await first)?.payload, (await second)?.payload]).toEqual(["a", "b"]);
  const third = made.receive();
  await give(undefined);
  expect(await third).toBeUndefined();
});

it("keeps signals from the agent and goes on waiting", async () => {
  const { made, give, signals, waiting } = inbox();
  const received = made.receive();
  await give(message("ping", "signal"));
  expect(signals.map(({ payload }) => payload)).toEqual(["ping"]);
  expect(waiting).toHaveLength(1);
  await give(message("real"));
  expect((await received)?.payload).toBe("real");
});

it("ends for all who wait when it closes, and says what then came too late", async () => {
  const { made, give, undelivered } = inbox();
  const waiting = [made.receive(), made.receive()];
  made.close();
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  await give(message("late"));
  expect(undelivered.map(({ payload }) => payload)).toEqual(["late"]);
  expect(await made.receive()).toBeUndefined();
  expect(made.depth).toBe(0);
});

it("holds a message during a suspension, and gives it up when it closes meanwhile", async () => {
  const { made, give, undelivered } = inbox();
  const first = made.receive();
  made.suspend();
  await give(message("held"));
  expect(made.depth).toBe(4);
  made.resume();
  expect((await first)?.payload).toBe("held");
  const second = made.receive();
  made.suspend();
  await give(message("doomed"));
  made.close();
  expect(await second).toBeUndefined();
  expect(undelivered.map(({ payload }) => payload)).toEqual(["doomed"]);
});

it("gives up one receive by its signal, without losing the next message", async () => {
  const { made, give, waiting } = inbox();
  const abort = new AbortController();
  const given = made.receive({ signal: abort.signal });
  abort.abort(new Error("enough"));
  await expect(given).rejects.toThrow("enough");
  await expect(made.receive({ signal: abort.signal })).rejects.toThrow("enough");
  waiting.length = 0;
  const next = made.receive();
  await give(message("b"));
  expect((await next)?.payload).toBe("b");
});
