import { type Message, toPid } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { boot } from "../../durable-harness.ts";
import { a, b, c, trace } from "../../router-harness.ts";

const reliable = { reliable: true } as const;

describe("reliable delivery", () => {
  it("queues, delivers with its number of tries, and ends with the acknowledgement", async () => {
    const { router, outbox, clock } = await boot();
    const inbox = router.attach(b);
    const sent = await router.send(a, b, { pay: 1 }, { ...reliable, trace });
    expect(sent.status).toBe("queued");
    const message = inbox.take() as Message;
    expect(message).toMatchObject({ id: sent.id, attempt: 1, payload: { pay: 1 }, trace, from: a });
    await router.acknowledge(b, message);
    expect(outbox.size).toBe(0);
    await clock.advance(100_000);
    expect(inbox.depth).toBe(0);
  });

  it("tries again 5, 10 and 20 seconds later, then gives up with a dead letter", async () => {
    const { router, outbox, clock, buried } = await boot();
    const inbox = router.attach(b);
    const { id } = await router.send(a, b, "x", reliable);
    const attempts: unknown[] = [];
    const look = (): void => {
      for (let message = inbox.take(); message !== undefined; message = inbox.take()) attempts.push(message.attempt);
    };
    look();
    for (const [ms, seen] of [
      [4999, 1],
      [1, 2],
      [9999, 2],
      [1, 3],
      [19_999, 3],
      [1, 4],
      [29_999, 4],
    ] as const) {
      await clock.advance(ms);
      look();
      expect(attempts).toHaveLength(seen);
    }
    expect(buried).toEqual([]);
    await clock.advance(1);
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(buried).toMatchObject([{ id, reason: "unacknowledged", pid: b, payload: "x" }]);
    expect(outbox.size).toBe(0);
  });

  it("puts no second copy beside one that is not taken yet", async () => {
    const { router, clock } = await boot();
    const inbox = router.attach(b);
    await router.send(a, b, "x", reliable);
    await clock.advance(60_000);
    expect(inbox.depth).toBe(1);
  });

  it("waits for a receiver that a crash took, and goes to its next start, as does its key", async () => {
    const first = await boot();
    first.router.attach(b);
    const sent = await first.router.send(a, b, { pay: 1 }, { ...reliable, key: "k" });
    const second = await boot(first.platform.crash());
    second.states.set(c, "running");
    const inbox = second.router.attach(c, { lost: b });
    expect(inbox.take()).toMatchObject({ id: sent.id, payload: { pay: 1 } });
    second.router.attach(toPid(9), { lost: a });
    // Nobody waits for what it writes of that.
    await second.outbox.close();
    const third = await boot(second.platform.crash());
    third.states.set(toPid(9), "running");
    const later = third.router.attach(toPid(8), { lost: c });
    const message = later.take() as Message;
    expect(message.id).toBe(sent.id);
    expect(Object.isFrozen(message.payload)).toBe(true);
    expect((await third.router.send(toPid(9), toPid(8), { pay: 1 }, { ...reliable, key: "k" })).id).toBe(sent.id);
    await third.router.acknowledge(toPid(8), message);
    expect(third.outbox.size).toBe(0);
  });

  it("gives nobody a copy of what was acknowledged meanwhile", async () => {
    const { router, clock } = await boot();
    const inbox = router.attach(b);
    await router.send(a, b, "x", reliable);
    const first = inbox.take() as Message;
    await clock.advance(5000);
    expect(inbox.depth).toBe(1);
    await router.acknowledge(b, first);
    expect(inbox.take()).toBeUndefined();
  });

  it("takes the acknowledgement of nobody but its receiver", async () => {
    const { router, outbox } = await boot();
    const inbox = router.attach(b);
    await router.send(a, b, "x", reliable);
    await router.acknowledge(c, inbox.take() as Message);
    expect(outbox.size).toBe(1);
  });

  it("sends one of two messages with the same key, also after a crash", async () => {
    const first = await boot();
    const inbox = first.router.attach(b);
    const { id } = await first.router.send(a, b, 1, { ...reliable, key: "order-7" });
    expect(await first.router.send(a, b, 1, { ...reliable, key: "order-7" })).toMatchObject({ id, status: "queued" });
    expect((await first.router.send(c, b, 1, { ...reliable, key: "order-7" })).id).not.toBe(id);
    await first.router.acknowledge(b, inbox.take() as Message);
    const second = await boot(first.platform.crash());
    second.router.attach(b);
    expect(await second.router.send(a, b, 1, { ...reliable, key: "order-7" })).toMatchObject({ id });
  });

  it("waits for a receiver that is not there yet, and follows one to its next start", async () => {
    const { router, clock, services, states } = await boot();
    await router.send(a, { kind: "service", service: "bank" }, "x", reliable);
    states.set(c, "running");
    services.set("bank", { kind: "process", pid: c });
    const inbox = router.attach(c);
    await clock.advance(5000);
    expect(inbox.take()).toMatchObject({ payload: "x", attempt: 2, target: { kind: "service" } });
    const next = router.move(c, b);
    services.set("bank", { kind: "process", pid: b });
    await clock.advance(10_000);
    expect(next.take()).toMatchObject({ payload: "x", attempt: 3 });
  });

  it("refuses what it cannot keep: many receivers, nobody, more than 10 000 waiting", async () => {
    const { router, outbox } = await boot();
    await expect(router.send(a, { kind: "broadcast" }, "x", reliable)).rejects.toMatchObject({
      code: "IPC_INPUT_INVALID",
    });
    await expect(router.send(a, b, "x", reliable)).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
    expect(router.trySend(a, b, "x", reliable)).toMatchObject({
      status: "refused",
      error: { code: "IPC_NOT_AT_ONCE" },
    });
    router.attach(b);
    await Promise.all(Array.from({ length: 10_000 }, () => router.send(a, b, "x", reliable)));
    await expect(router.send(a, b, "x", reliable)).rejects.toMatchObject({ code: "IPC_OUTBOX_FULL", retryable: true });
    expect(outbox.size).toBe(10_000);
  });

  it("refuses more bytes than it may hold, and has room again once some were acknowledged, also after a crash", async () => {
    const first = await boot(undefined, 100);
    const inbox = first.router.attach(b);
    await first.router.send(a, b, "x".repeat(60), reliable);
    const tooMuch = first.router.send(a, b, "y".repeat(41), reliable);
    await expect(tooMuch).rejects.toMatchObject({ code: "IPC_OUTBOX_FULL", details: { limit: 100 }, retryable: true });
    await first.router.send(a, b, "z".repeat(40), reliable);
    await first.router.acknowledge(b, inbox.take() as Message);
    await first.router.send(a, b, "y".repeat(41), reliable);
    const second = await boot(first.platform.crash(), 100);
    second.router.attach(b);
    await expect(second.router.send(a, b, "x".repeat(20), reliable)).rejects.toMatchObject({ code: "IPC_OUTBOX_FULL" });
    await second.router.send(a, b, "x".repeat(19), reliable);
    expect(second.outbox.size).toBe(3);
  });

  it("counts a message once that its journal holds twice", async () => {
    const first = await boot(undefined, 100);
    first.router.attach(b);
    await first.router.send(a, b, "x".repeat(60), reliable);
    const { files } = first.platform;
    const path = "/w/journal/outbox";
    const log = await first.platform.openAppendLog(files, path);
    const records: Uint8Array[] = [];
    for await (const record of log.records()) records.push(record);
    await log.rewrite([...records, ...records]);
    await log.close();
    const second = await boot(first.platform.crash(), 100);
    expect(second.outbox.size).toBe(1);
    second.router.attach(b);
    await second.router.send(a, b, "x".repeat(40), reliable);
  });

  it("writes its journal anew when most of it is done, and keeps what waits and every key over a crash", async () => {
    const first = await boot();
    const inbox = first.router.attach(b, { limit: 5000 });
    const send = (kernel: typeof first, index: number) =>
      kernel.router.send(a, b, index, { ...reliable, key: `order-${index}` });
    const sent = await Promise.all(Array.from({ length: 4200 }, (_, index) => send(first, index)));
    const size = async () => (await first.platform.files.stat("/w/journal/outbox"))?.size ?? 0;
    const before = await size();
    for (let index = 0; index < 1000; index += 1) await first.router.acknowledge(b, inbox.take() as Message);
    expect(await size()).toBeGreaterThan(before);
    await Promise.all(Array.from({ length: 3100 }, () => first.router.acknowledge(b, inbox.take() as Message)));
    await first.outbox.close();
    expect(await size()).toBeLessThan(before / 2);
    const second = await boot(first.platform.crash());
    const again = second.router.attach(b);
    expect(second.outbox.size).toBe(100);
    for (const index of [0, 999, 4099, 4100, 4199]) expect((await send(second, index)).id).toBe(sent[index]?.id);
    await second.clock.advance(5000);
    expect(again.take()?.payload).toBe(4100);
    expect([again.depth, second.outbox.size]).toEqual([99, 100]);
  });

  it("sends nothing that the disk did not take", async () => {
    const { router, outbox, platform } = await boot();
    const inbox = router.attach(b);
    platform.faults.failNext(({ path }) => path.includes("outbox"), "ENOSPC");
    await expect(router.send(a, b, "x", reliable)).rejects.toThrow();
    expect([inbox.depth, outbox.size]).toEqual([0, 0]);
  });
});

describe("the one record of a reliable message", () => {
  it("says that it was acknowledged, or how far it came", async () => {
    const { router, guard, clock } = await boot();
    const inbox = router.attach(b);
    for (const payload of ["acknowledged", "taken"]) await router.send(a, b, payload, reliable);
    expect(guard.records).toEqual([]);
    await router.acknowledge(b, inbox.take() as Message);
    expect(guard.records).toEqual(["ipc.ack ok"]);
    for (let seconds = 0; seconds <= 70; seconds += 5) {
      inbox.take();
      await clock.advance(5000);
    }
    expect(guard.records).toEqual(["ipc.ack ok", "ipc.recv failed"]);
  });

  it("is written when the kernel ends before, once", async () => {
    const { router, guard, outbox } = await boot();
    const inbox = router.attach(b);
    for (const payload of ["acknowledged", "taken", "not taken"]) await router.send(a, b, payload, reliable);
    await router.acknowledge(b, inbox.take() as Message);
    inbox.take();
    await outbox.close();
    router.detach(b);
    expect(guard.records).toEqual(["ipc.ack ok", "ipc.recv failed", "ipc.send failed"]);
  });
});

describe("a crash at each step of reliable delivery", () => {
  it("before the sender was told: the message is there or not, and never half", async () => {
    const first = await boot();
    first.router.attach(b);
    const unfinished = first.router.send(a, b, "x", reliable).catch(() => undefined);
    const second = await boot(first.platform.crash());
    await unfinished;
    expect([0, 1]).toContain(second.outbox.size);
  });

  it("after the sender was told: delivered by the next boot, with the same id", async () => {
    const first = await boot();
    const { id } = await first.router.send(a, { kind: "service", service: "bank" }, Uint8Array.of(1, 2), reliable);
    const second = await boot(first.platform.crash());
    second.services.set("bank", { kind: "process", pid: b });
    const inbox = second.router.attach(b);
    await second.clock.advance(5000);
    const message = inbox.take() as Message;
    expect(message).toMatchObject({ id, payload: Uint8Array.of(1, 2), kind: "binary", from: a });
    await second.router.acknowledge(b, message);
    const third = await boot(second.platform.crash());
    expect(third.outbox.size).toBe(0);
  });

  it("after it was taken and before it was acknowledged: delivered again", async () => {
    const first = await boot();
    first.services.set("bank", { kind: "process", pid: b });
    const inbox = first.router.attach(b);
    await first.router.send(a, { kind: "service", service: "bank" }, "x", reliable);
    expect(inbox.take()).toBeDefined();
    const second = await boot(first.platform.crash());
    second.services.set("bank", { kind: "process", pid: b });
    const again = second.router.attach(b);
    await second.clock.advance(5000);
    expect(again.take()).toMatchObject({ payload: "x" });
  });

  it("of the receiver: what waited in its mailbox and what it had taken come to its successor", async () => {
    const { router, clock, services, buried } = await boot();
    services.set("bank", { kind: "process", pid: b });
    const inbox = router.attach(b);
    await router.send(a, { kind: "service", service: "bank" }, "taken", reliable);
    inbox.take();
    await router.send(a, { kind: "service", service: "bank" }, "waiting", reliable);
    router.detach(b);
    expect(buried).toEqual([]);
    services.set("bank", { kind: "process", pid: c });
    const next = router.attach(c);
    await clock.advance(5000);
    expect([next.take()?.payload, next.take()?.payload]).toEqual(["taken", "waiting"]);
  });

  it("of the sender: its message is delivered all the same", async () => {
    const { router, states, clock, services } = await boot();
    await router.send(a, { kind: "service", service: "bank" }, "last will", reliable);
    states.set(a, "exited");
    router.detach(a);
    services.set("bank", { kind: "process", pid: b });
    const inbox = router.attach(b);
    await clock.advance(5000);
    expect(inbox.take()?.payload).toBe("last will");
  });

  it("after it was given up: a dead letter of the next boot, to be sent again", async () => {
    const first = await boot();
    const { id } = await first.router.send(a, { kind: "service", service: "gone" }, "x", reliable);
    await first.clock.advance(65_000);
    await first.letters.flush();
    await first.outbox.close();
    const second = await boot(first.platform.crash());
    expect(second.outbox.size).toBe(0);
    expect(second.deadLetters.find(id)).toMatchObject({ reason: "unacknowledged", payload: "x" });
  });

  it("after it was given up, while its letter could not be written: the next boot tries again", async () => {
    const first = await boot();
    await first.router.send(a, { kind: "service", service: "gone" }, "x", reliable);
    first.platform.faults.failNext(({ path }) => path.includes("dead-letters"), "ENOSPC");
    await first.clock.advance(65_000);
    const second = await boot(first.platform.crash());
    expect([second.outbox.size, second.deadLetters.size]).toEqual([1, 0]);
  });

  it("at any step of the disk: what was promised comes, or is a letter, until its end was begun; then never again", async () => {
    let step = 0;
    for (; ; step += 1) {
      const first = await boot();
      const promised = new Set<string>();
      const ending = new Set<string>();
      const ended = new Set<string>();
      let crash: (() => Promise<void>) | undefined;
      let seen = 0;
      first.platform.faults.watch(() => {
        seen += 1;
        if (seen - 1 !== step) return;
        const left = first.platform.crash();
        const [owed, over] = [[...promised].filter((id) => !ending.has(id)), [...ended]];
        crash = async () => {
          const second = await boot(left);
          for (const service of ["bank", "gone"]) second.services.set(service, { kind: "process", pid: c });
          const inbox = second.router.attach(c);
          await second.clock.advance(5000);
          const come = new Set<string>(second.deadLetters.list().map(({ id }) => id));
          for (let message = inbox.take(); message !== undefined; message = inbox.take()) {
            expect(over, `crash at step ${step}`).not.toContain(message.id);
            come.add(message.id);
          }
          expect(
            owed.filter((id) => !come.has(id)),
            `crash at step ${step}`,
          ).toEqual([]);
          await second.outbox.close();
        };
      });
      first.services.set("bank", { kind: "process", pid: b });
      const inbox = first.router.attach(b);
      const send = async (service: string, payload: string): Promise<void> => {
        promised.add((await first.router.send(a, { kind: "service", service }, payload, reliable)).id);
      };
      await Promise.all([send("bank", "1"), send("bank", "2"), send("gone", "3")]);
      const message = inbox.take() as Message;
      ending.add(message.id);
      await first.router.acknowledge(b, message);
      ended.add(message.id);
      inbox.take();
      await send("bank", "4");
      for (let seconds = 0; seconds < 70; seconds += 5) await first.clock.advance(5000);
      await first.letters.flush();
      await first.outbox.close();
      first.platform.faults.watch(undefined);
      if (crash === undefined) break;
      await crash();
    }
    expect(step).toBeGreaterThan(10);
  });
});
