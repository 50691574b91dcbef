import type { MailboxEnd, MailboxListener, Message, Pid } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { AgentInbox } from "../../../src/agent/agent-inbox.ts";
import { textMessage as message } from "../../text-message.ts";

class Source implements MailboxEnd {
  readonly asking = 0;
  readonly queue: Message[] = [];
  closed = false;
  /** Called when one was taken. */
  taken: () => void = () => undefined;
  #listener: MailboxListener | undefined;

  get depth(): number {
    return this.queue.length;
  }

  take(where: (message: Message) => boolean = () => true): Message | undefined {
    const at = this.queue.findIndex((one) => where(one));
    if (at === -1) return undefined;
    const [taken] = this.queue.splice(at, 1);
    this.taken();
    return taken;
  }

  whenReady(listener: MailboxListener): void {
    this.#listener = listener;
  }

  give(...messages: readonly Message[]): void {
    this.queue.push(...messages);
    this.#call();
  }

  close(): void {
    this.closed = true;
    this.#call();
  }

  receive(): Promise<never> {
    throw new Error("an agent's inbox takes messages one by one");
  }

  [Symbol.asyncIterator](): never {
    throw new Error("an agent's inbox takes messages one by one");
  }

  #call(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onMailbox();
  }
}

function inbox() {
  const source = new Source();
  const signals: unknown[] = [];
  const made = new (class extends AgentInbox {
    protected override onSignal({ payload }: Message): void {
      signals.push(payload);
    }
  })(source);
  return { source, made, signals };
}

describe("an agent's inbox", () => {
  it("hands out messages in turn and ends with its source", async () => {
    const { source, made } = inbox();
    const both = [made.receive(), made.receive()];
    expect(made.receiving).toBe(true);
    source.give(message("a"), message("b"));
    expect((await Promise.all(both)).map((one) => one?.payload)).toEqual(["a", "b"]);
    expect(made.receiving).toBe(false);
    source.give(message("c"));
    const third = made.receive();
    const fourth = made.receive();
    source.close();
    expect([(await third)?.payload, await fourth, await made.receive()]).toEqual(["c", undefined, undefined]);
  });

  it("iterates over what is there and what comes, until its source is closed", async () => {
    const { source, made } = inbox();
    source.give(message("a"));
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const { payload } of made) seen.push(payload);
    })();
    await Promise.resolve();
    source.give(message("b"), message("c"));
    await new Promise((resolve) => setImmediate(resolve));
    source.close();
    await reading;
    expect(seen).toEqual(["a", "b", "c"]);
  });

  it("keeps signals from the agent and goes on waiting", async () => {
    const { source, made, signals } = inbox();
    const received = made.receive();
    source.give(message("ping", "signal"));
    expect([signals, made.receiving]).toEqual([["ping"], true]);
    source.give(message("real"));
    expect((await received)?.payload).toBe("real");
  });

  it("ends for all who wait when it closes, and takes nothing any more", async () => {
    const { source, made } = inbox();
    const waiting = [made.receive(), made.receive()];
    made.close();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    source.give(message("late"));
    expect([await made.receive(), made.depth, source.depth]).toEqual([undefined, 0, 1]);
  });

  it("leaves messages where they are during a suspension, and answers signals all the same", async () => {
    const { source, made, signals } = inbox();
    const first = made.receive();
    made.suspend();
    source.give(message("held"), message("ping", "signal"));
    expect([source.depth, signals]).toEqual([1, ["ping"]]);
    made.resume();
    expect((await first)?.payload).toBe("held");
  });

  it("gives up one receive by its signal, without losing the next message", async () => {
    const { source, made } = inbox();
    const abort = new AbortController();
    const given = made.receive({ signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    await expect(made.receive({ signal: abort.signal })).rejects.toThrow("enough");
    const next = made.receive();
    source.give(message("b"));
    expect((await next)?.payload).toBe("b");
  });

  it("lets a selective receiver have what fits, past those that wait for anything else", async () => {
    const { source, made } = inbox();
    const wanted = made.receive({ where: ({ payload }) => payload === "b" });
    const any = made.receive();
    source.give(message("a"));
    expect((await any)?.payload).toBe("a");
    source.give(message("c"), message("b"));
    expect((await wanted)?.payload).toBe("b");
    expect((await made.receive())?.payload).toBe("c");
  });

  it("gives what a selective receiver passed over to who asks for anything, at once", async () => {
    const { source, made } = inbox();
    const special = made.receive({ where: ({ payload }) => payload === "x" });
    source.give(message("a"), message("b"), message("c"));
    expect((await made.receive())?.payload).toBe("a");
    expect((await made.next()).value?.payload).toBe("b");
    expect((await made.next()).value?.payload).toBe("c");
    source.give(message("x"));
    expect((await special)?.payload).toBe("x");
  });

  it("gives what its mailbox lets in, while one is taken, to who waits for it", async () => {
    const { source, made } = inbox();
    const line = [message("x"), message("y")];
    source.taken = () => source.queue.push(...line.splice(0, 1));
    const where = (wanted: string) => ({ where: ({ payload }: Message) => payload === wanted });
    const [x, y] = [made.receive(where("x")), made.receive(where("y"))];
    const plain = made.receive();
    source.give(message("a"));
    expect([(await plain)?.payload, (await x)?.payload, (await y)?.payload]).toEqual(["a", "x", "y"]);
  });

  it("answers signals while it looks for a certain message", () => {
    const { source, made, signals } = inbox();
    void made.receive({ where: ({ payload }) => payload === "x" });
    source.give(message("ping", "signal"));
    expect(signals).toEqual(["ping"]);
  });

  it("gives notices of other processes' ends before messages, the newest 1024 of them", async () => {
    const { source, made } = inbox();
    source.give(message("a"));
    for (let pid = 1; pid <= 1025; pid += 1) {
      made.notify({ signal: "down", ref: "mon-1", pid: pid as Pid, reason: { kind: "normal" } }, 5);
    }
    expect(made.depth).toBe(1025);
    expect(await made.receive()).toMatchObject({
      kind: "signal",
      from: 2,
      sentAt: 5,
      payload: { signal: "down", pid: 2 },
    });
    for (let count = 0; count < 1023; count += 1) await made.receive();
    expect((await made.receive())?.payload).toBe("a");
  });
});
