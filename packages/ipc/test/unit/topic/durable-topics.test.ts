import type { MailboxEnd, Message } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { boot } from "../../durable-harness.ts";
import { a, b, c } from "../../router-harness.ts";

const taken = (inbox: MailboxEnd): readonly unknown[] => {
  const all: unknown[] = [];
  for (let message = inbox.take(); message !== undefined; message = inbox.take())
    all.push([message.position, message.payload]);
  return all;
};
const audit = { durable: { name: "audit" } } as const;

describe("a durable subscription", () => {
  it("keeps what is published while nobody reads, and gives it from the last acknowledgement on", async () => {
    const { router } = await boot();
    const inbox = router.attach(b);
    await router.subscribe(b, "orders.*", audit);
    expect(await router.publish(a, "orders.new", 1)).toEqual({ delivered: 1, refused: 0 });
    const first = inbox.take() as Message;
    expect(first).toMatchObject({ position: 1, payload: 1, target: { kind: "topic", topic: "orders.new" } });
    await router.acknowledge(b, first);
    await router.publish(a, "orders.new", 2);
    router.detach(b);
    expect(await router.publish(a, "orders.paid", 3)).toEqual({ delivered: 1, refused: 0 });
    const later = router.attach(c);
    await router.subscribe(c, "orders.*", audit);
    expect(taken(later)).toEqual([
      [2, 2],
      [3, 3],
    ]);
  });

  it("replays from a position", async () => {
    const { router } = await boot();
    const inbox = router.attach(b);
    await router.subscribe(b, "orders", audit);
    for (const order of ["one", "two", "three"]) await router.publish(a, "orders", order);
    for (let message = inbox.take(); message !== undefined; message = inbox.take())
      await router.acknowledge(b, message);
    await router.subscribe(b, "orders", { durable: { name: "audit", from: 2 } });
    expect(taken(inbox)).toEqual([
      [2, "two"],
      [3, "three"],
    ]);
  });

  it("survives a crash with its messages, its place and its pattern, and goes on keeping", async () => {
    const first = await boot();
    const inbox = first.router.attach(b);
    await first.router.subscribe(b, "orders.>", audit);
    for (const order of [1, 2, 3]) await first.router.publish(a, "orders.x.y", order);
    await first.router.acknowledge(b, inbox.take() as Message);
    const second = await boot(first.platform.crash());
    expect(second.durables.list()).toEqual([
      { name: "audit", pattern: "orders.>", reader: undefined, first: 1, last: 3, acknowledged: 1 },
    ]);
    await second.router.publish(a, "orders.late", 4);
    const again = second.router.attach(b);
    await second.router.subscribe(b, "orders.>", audit);
    expect(taken(again)).toEqual([
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  it("has at most 64 messages untaken in a mailbox, and tries again when it had no room", async () => {
    const { router, clock } = await boot();
    const inbox = router.attach(b, { limit: 100 });
    await router.subscribe(b, "orders", audit);
    for (let order = 1; order <= 70; order += 1) await router.publish(a, "orders", order);
    expect(inbox.depth).toBe(64);
    inbox.take();
    expect(inbox.depth).toBe(64);
    const small = router.attach(c, { limit: 1 });
    router.detach(b);
    await router.subscribe(c, "orders", audit);
    expect(small.depth).toBe(1);
    expect(small.take()?.payload).toBe(1);
    await clock.advance(100);
    expect(small.take()?.payload).toBe(2);
  });

  it("gives the next start of its reader what was not acknowledged, each once", async () => {
    const { router } = await boot();
    const inbox = router.attach(b);
    await router.subscribe(b, "orders", audit);
    for (const order of [1, 2, 3]) await router.publish(a, "orders", order);
    await router.acknowledge(b, inbox.take() as Message);
    inbox.take();
    expect(taken(router.move(b, c))).toEqual([
      [2, 2],
      [3, 3],
    ]);
  });

  it("lets the oldest go as dead letters when 10 000 are kept, if nobody acknowledged them", async () => {
    const { router, buried, durables } = await boot();
    const inbox = router.attach(b);
    await router.subscribe(b, "orders", audit);
    await router.publish(a, "orders", 1);
    await router.acknowledge(b, inbox.take() as Message);
    router.detach(b);
    await Promise.all(Array.from({ length: 10_001 }, (_, index) => router.publish(a, "orders", index + 2)));
    expect(buried).toMatchObject([{ reason: "retention", payload: 2 }]);
    expect(durables.list()).toMatchObject([{ first: 3, last: 10_002, acknowledged: 1 }]);
  });

  it("writes its journal anew when most of it is of no use, and keeps its place over a crash", async () => {
    const first = await boot();
    const inbox = first.router.attach(b);
    await first.router.subscribe(b, "big.*", { durable: { name: "big" } });
    const large = "x".repeat(1_000_000);
    const size = async () => (await first.platform.files.stat("/w/journal/topics/big"))?.size ?? 0;
    let largest = 0;
    for (let index = 1; index <= 40; index += 1) {
      await first.router.publish(a, "big.x", large);
      // Acknowledged long before the journal is written anew.
      if (index <= 20) await first.router.acknowledge(b, inbox.take() as Message);
      largest = Math.max(largest, await size());
    }
    expect(largest).toBeLessThan(36_000_000);
    const second = await boot(first.platform.crash());
    expect(second.durables.list()).toMatchObject([{ acknowledged: 20, last: 40, first: 25, pattern: "big.*" }]);
    const again = second.router.attach(b);
    await second.router.subscribe(b, "big.*", { durable: { name: "big" } });
    expect(taken(again).map((entry) => (entry as readonly unknown[])[0])).toEqual(
      Array.from({ length: 16 }, (_, index) => 25 + index),
    );
    // Those between its place and the oldest that is kept had to go, and are letters.
    expect(first.buried.map(({ reason }) => reason)).toEqual(Array.from({ length: 4 }, () => "retention"));
  });

  it("gives nothing that is not on disk yet, also to a reader who asks for more meanwhile", async () => {
    const { router, platform } = await boot();
    const inbox = router.attach(b);
    await router.subscribe(b, "news.*", { durable: { name: "news" } });
    await router.publish(a, "news.x", 1);
    const depths: number[] = [];
    platform.faults.watch(({ path }) => {
      if (!path.includes("topics/news")) return;
      inbox.take();
      depths.push(inbox.depth);
    });
    await router.publish(a, "news.x", 2);
    platform.faults.watch(undefined);
    expect(depths.length).toBeGreaterThan(0);
    expect(new Set(depths)).toEqual(new Set([0]));
    expect(inbox.take()?.payload).toBe(2);
  });

  it("has, after a crash at any step of the disk, what its publisher was told, and its place", async () => {
    let step = 0;
    for (; ; step += 1) {
      const first = await boot();
      const inbox = first.router.attach(b);
      await first.router.subscribe(b, "orders.*", audit);
      let told = 0;
      let settled = 0;
      let asked = 0;
      let look: (() => Promise<void>) | undefined;
      let seen = 0;
      first.platform.faults.watch(() => {
        seen += 1;
        if (seen - 1 !== step) return;
        const left = first.platform.crash();
        const [owed, done, begun] = [told, settled, asked];
        look = async () => {
          const second = await boot(left);
          const [kept] = second.durables.list();
          expect(kept?.last, `crash at step ${step}`).toBeGreaterThanOrEqual(owed);
          expect(kept?.acknowledged, `crash at step ${step}`).toBeGreaterThanOrEqual(done);
          expect(kept?.acknowledged, `crash at step ${step}`).toBeLessThanOrEqual(begun);
          const again = second.router.attach(c);
          await second.router.subscribe(c, "orders.*", audit);
          const got = taken(again).map((entry) => (entry as readonly [number, number])[1]);
          const from = (kept?.acknowledged ?? 0) + 1;
          expect(got, `crash at step ${step}`).toEqual(
            Array.from({ length: (kept?.last ?? 0) - from + 1 }, (_, index) => from + index),
          );
        };
      });
      for (let number = 1; number <= 4; number += 1) {
        await first.router.publish(a, "orders.new", number);
        told = number;
        const message = inbox.take() as Message;
        if (number % 2 === 1) continue;
        asked = number;
        await first.router.acknowledge(b, message);
        settled = number;
      }
      first.platform.faults.watch(undefined);
      if (look === undefined) break;
      await look();
    }
    expect(step).toBeGreaterThan(5);
  });

  it("tells its publisher of what the disk did not take, which is a letter that says so", async () => {
    const { router, platform, buried, durables } = await boot();
    router.attach(b);
    await router.subscribe(b, "news.*", { durable: { name: "news" } });
    platform.faults.failNext(({ path, operation }) => path.includes("topics/news") && operation === "write", "ENOSPC");
    expect(await router.publish(a, "news.x", 1)).toEqual({ delivered: 0, refused: 1 });
    expect(buried).toMatchObject([{ reason: "not-kept", payload: 1, target: { kind: "topic", topic: "news.x" } }]);
    expect(durables.list()).toMatchObject([{ name: "news", pattern: "news.*" }]);
  });

  it("has one reader, one pattern and a name that is one", async () => {
    const { router } = await boot();
    router.attach(a);
    router.attach(b);
    await router.subscribe(a, "orders", audit);
    await expect(router.subscribe(b, "orders", audit)).rejects.toMatchObject({ code: "IPC_DURABLE_TAKEN" });
    await expect(router.subscribe(a, "other", audit)).rejects.toMatchObject({ code: "IPC_INPUT_INVALID" });
    for (const durable of [{ name: "../x" }, { name: "" }, { name: "ok", from: 0 }, { name: "ok", from: 1.5 }]) {
      await expect(router.subscribe(a, "orders", { durable })).rejects.toMatchObject({ code: "IPC_INPUT_INVALID" });
    }
    await expect(router.subscribe(a, "orders", { ...audit, group: "g" })).rejects.toMatchObject({
      code: "IPC_INPUT_INVALID",
    });
  });

  it("is forgotten with its messages when it is removed", async () => {
    const { router, durables, platform } = await boot();
    router.attach(a);
    await router.subscribe(a, "orders", audit);
    expect(await durables.remove("audit")).toBe(true);
    expect(await durables.remove("audit")).toBe(false);
    expect(await router.publish(b, "orders", 1)).toEqual({ delivered: 0, refused: 0 });
    expect((await boot(platform.crash())).durables.list()).toEqual([]);
  });
});
