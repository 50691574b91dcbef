import { describe, expect, it } from "vitest";
import { DeadLetterDesk } from "../../../src/dead-letter/dead-letter-desk.ts";
import { boot } from "../../durable-harness.ts";
import { a, b, c } from "../../router-harness.ts";

const kernel = { kind: "kernel", id: "0" } as const;

async function desk() {
  const base = await boot();
  return { ...base, desk: new DeadLetterDesk(base.router, base.guard, base.deadLetters) };
}

describe("the desk of dead letters", () => {
  it("sends a letter again, whole, and removes it once it is delivered", async () => {
    const { router, desk: subject, deadLetters } = await desk();
    const inbox = router.attach(b, { limit: 1 });
    await router.send(a, b, "first");
    const refused = router.send(a, b, Uint8Array.of(7), { kind: "rvf", segmentType: 64, trace: "t" });
    await expect(refused).rejects.toMatchObject({ code: "IPC_INBOX_FULL" });
    const [letter] = deadLetters.list();
    inbox.take();
    expect((await subject.replay(kernel, letter?.id ?? "")).status).toBe("delivered");
    const again = inbox.take();
    expect(again).toMatchObject({ from: 0, kind: "rvf", segmentType: 64, trace: "t", payload: Uint8Array.of(7) });
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

  it("has nothing to send again of what was too large to keep", async () => {
    const { router, desk: subject, deadLetters } = await desk();
    await expect(router.send(a, b, "x".repeat(1024 * 1024 + 1))).rejects.toMatchObject({
      code: "IPC_TARGET_NOT_FOUND",
    });
    const id = deadLetters.list()[0]?.id ?? "";
    await expect(subject.replay(kernel, id)).rejects.toMatchObject({ code: "IPC_DEAD_LETTER_EMPTY" });
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
