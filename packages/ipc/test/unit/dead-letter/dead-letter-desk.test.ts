import { toNodeId } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { DeadLetterDesk } from "../../../src/dead-letter/dead-letter-desk.ts";
import { boot } from "../../durable-harness.ts";
import { a, b, c, trace } from "../../router-harness.ts";

const kernel = { kind: "kernel", id: "0" } as const;
const anna = { kind: "principal", id: "anna", role: "operator" } as const;
const node = toNodeId("f".repeat(32));

async function desk() {
  const base = await boot();
  return { ...base, desk: new DeadLetterDesk(base.router, base.guard, base.deadLetters) };
}

describe("the desk of dead letters", () => {
  it("sends a letter again, whole, and removes it once it is delivered", async () => {
    const { router, desk: subject, deadLetters } = await desk();
    const inbox = router.attach(b, { limit: 1 });
    await router.send(a, b, "first");
    const refused = router.send(a, b, Uint8Array.of(7), { kind: "rvf", segmentType: 64, trace });
    await expect(refused).rejects.toMatchObject({ code: "IPC_INBOX_FULL" });
    const [letter] = deadLetters.list();
    inbox.take();
    expect((await subject.replay(kernel, letter?.id ?? "")).status).toBe("delivered");
    const again = inbox.take();
    expect(again).toMatchObject({ from: a, kind: "rvf", segmentType: 64, trace, payload: Uint8Array.of(7) });
    expect(deadLetters.size).toBe(0);
  });

  it("keeps one letter of a replay that fails, and counts it; another receiver may get it", async () => {
    const { router, desk: subject, deadLetters } = await desk();
    await expect(router.send(a, b, "x")).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
    const id = deadLetters.list()[0]?.id ?? "";
    await expect(subject.replay(kernel, id)).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
    expect(deadLetters.list()).toMatchObject([{ id, replays: 1 }]);
    const inbox = router.attach(c);
    await subject.replay(kernel, id, { to: c });
    expect([inbox.take()?.payload, deadLetters.size]).toEqual(["x", 0]);
    await expect(subject.replay(kernel, id)).rejects.toMatchObject({ code: "IPC_DEAD_LETTER_NOT_FOUND" });
  });

  it("sends a letter again as its sender's word, ended or not, and asks the guard about who replays it", async () => {
    const { router, desk: subject, deadLetters, guard, states } = await desk();
    await expect(router.send(a, b, { order: "obey" })).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
    states.set(a, "exited");
    const inbox = router.attach(b);
    const asked = guard.calls.length;
    await subject.replay(anna, deadLetters.list()[0]?.id ?? "");
    expect(inbox.take()).toMatchObject({ from: a, node: undefined, payload: { order: "obey" } });
    expect(guard.calls.slice(asked)).toMatchObject([
      { action: "ipc.send", subject: anna, attributes: { pid: b }, actorPid: 0 },
    ]);
  });

  it("sends a letter of another node again under that node, on disk or not", async () => {
    const first = await desk();
    const envelope = {
      id: "0".repeat(24),
      from: c,
      target: { kind: "process", pid: b },
      kind: "text",
      payload: "from afar",
      sentAt: 1,
      trace: undefined,
      hops: 1,
      segmentType: undefined,
      timeoutMs: undefined,
    } as const;
    const { signal } = new AbortController();
    await expect(first.router.fromRemote(node, envelope, { signal })).rejects.toMatchObject({
      code: "IPC_TARGET_NOT_FOUND",
    });
    await first.letters.flush();
    const second = await boot(first.platform.crash());
    const inbox = second.router.attach(b);
    const again = new DeadLetterDesk(second.router, second.guard, second.deadLetters);
    await again.replay(kernel, second.deadLetters.list()[0]?.id ?? "");
    expect(inbox.take()).toMatchObject({ from: c, node, payload: "from afar" });
  });

  it("gives a letter of a topic to the one subscriber that missed it", async () => {
    const { router, desk: subject, deadLetters } = await desk();
    const full = router.attach(b, { limit: 1 });
    const other = router.attach(c);
    for (const pid of [b, c]) await router.subscribe(pid, "news");
    await router.send(a, b, "fills it");
    await router.publish(a, "news", "hot");
    full.take();
    other.take();
    await subject.replay(kernel, deadLetters.list()[0]?.id ?? "");
    expect(full.take()).toMatchObject({ payload: "hot", target: { kind: "topic", topic: "news" } });
    expect(other.take()).toBeUndefined();
  });

  it("makes no second letter of one that has to wait and finds no place", async () => {
    const { router, desk: subject, deadLetters } = await desk();
    await expect(router.send(a, b, "lost")).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
    router.attach(b, { limit: 1, policy: "wait" });
    await router.send(a, b, 1);
    await router.send(a, b, 2);
    const waiting = expect(subject.replay(kernel, deadLetters.list()[0]?.id ?? "")).rejects.toMatchObject({
      code: "IPC_TARGET_EXITED",
    });
    router.detach(b);
    await waiting;
    expect(deadLetters.list().map(({ payload, replays }) => [payload, replays])).toEqual([
      ["lost", 1],
      [1, 0],
      [2, 0],
    ]);
  });

  it("has nothing to send again of what was too large to keep", async () => {
    const { router, desk: subject, deadLetters } = await desk();
    await expect(router.send(a, b, "x".repeat(1024 * 1024 + 1))).rejects.toMatchObject({
      code: "IPC_TARGET_NOT_FOUND",
    });
    const id = deadLetters.list()[0]?.id ?? "";
    await expect(subject.replay(kernel, id)).rejects.toMatchObject({ code: "IPC_DEAD_LETTER_EMPTY" });
  });

  it("keeps 64 MiB of payloads, the newest; the letters of the others stay", async () => {
    const { router, deadLetters } = await desk();
    const large = "x".repeat(1024 * 1024);
    for (let index = 0; index < 66; index += 1) await router.send(a, b, large).catch(() => undefined);
    const kept = deadLetters.list().map(({ payload }) => payload !== undefined);
    expect(kept).toEqual([...Array(2).fill(false), ...Array(64).fill(true)]);
    deadLetters.purge({});
    await router.send(a, b, large).catch(() => undefined);
    expect(deadLetters.list()[0]?.payload).toBe(large);
  });

  it("clears away what fits, under the guard", async () => {
    const { router, desk: subject, deadLetters, guard } = await desk();
    for (const payload of [1, 2]) await router.send(a, b, payload).catch(() => undefined);
    await router.send(a, c, 3).catch(() => undefined);
    expect(await subject.purge(kernel, { pid: b })).toBe(2);
    expect(deadLetters.list().map(({ payload }) => payload)).toEqual([3]);
    expect(guard.calls.at(-1)).toMatchObject({ action: "ipc.purge", attributes: { pid: b } });
    guard.refuses = () => true;
    await expect(subject.purge(kernel, {})).rejects.toMatchObject({ code: "TEST_REFUSED" });
    expect(deadLetters.size).toBe(1);
  });

  it("finds the letters of an earlier boot, also those that were changed", async () => {
    const first = await desk();
    for (const payload of ["one", "two", { three: 3 }]) await first.router.send(a, b, payload).catch(() => undefined);
    const [one, two] = first.deadLetters.list();
    await first.letters.flush();
    first.deadLetters.remove(one?.id ?? "");
    await expect(first.desk.replay(kernel, two?.id ?? "")).rejects.toMatchObject({ code: "IPC_TARGET_NOT_FOUND" });
    await first.letters.flush();
    const second = await boot(first.platform.crash());
    expect(second.deadLetters.list()).toMatchObject([
      { payload: "two", replays: 1 },
      { payload: { three: 3 }, replays: 0 },
    ]);
  });

  it("goes on in memory while the disk fails, and writes all when it works again", async () => {
    const { router, platform, letters, deadLetters } = await desk();
    platform.faults.failNext(({ path }) => path.includes("dead-letters"), "ENOSPC");
    await router.send(a, b, "one").catch(() => undefined);
    await letters.flush();
    await router.send(a, b, "two").catch(() => undefined);
    await letters.flush();
    expect(deadLetters.size).toBe(2);
    const next = await boot(platform.crash());
    expect(next.deadLetters.list().map(({ payload }) => payload)).toEqual(["one", "two"]);
  });
});
