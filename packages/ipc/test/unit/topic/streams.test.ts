import { toPid } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { Streams } from "../../../src/topic/streams.ts";
import { a, setUp } from "../../router-harness.ts";

const kernel = { kind: "kernel", id: "0" } as const;
const alice = { kind: "principal", id: "alice", role: "operator" } as const;
const never = new AbortController().signal;

function streaming() {
  const base = setUp();
  return { ...base, streams: new Streams({ clock: base.clock, guard: base.guard, topics: base.topics }) };
}

describe("a stream out of the kernel", () => {
  it("gives the messages of its pattern in order, and ends when its reader leaves", async () => {
    const { router, streams, topics, guard } = streaming();
    const stream = await streams.open(kernel, "news.*");
    for (const news of [1, 2, 3]) expect(await router.publish(a, "news.x", news)).toEqual({ delivered: 1, refused: 0 });
    const seen: unknown[] = [];
    for await (const { payload } of stream) {
      seen.push(payload);
      if (payload === 3) break;
    }
    expect([seen, topics.list()]).toEqual([[1, 2, 3], []]);
    expect(guard.calls[0]).toMatchObject({ action: "ipc.subscribe", attributes: { topic: "news.*", stream: true } });
  });

  it("makes publishers wait while it is full, and loses nothing", async () => {
    const { router, streams } = streaming();
    const stream = await streams.open(kernel, "news", { buffer: 2 });
    let published = 0;
    const all = Promise.all(
      [1, 2, 3, 4].map(async (news) => {
        await router.publish(a, "news", news);
        published += 1;
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(published).toBe(2);
    const got: unknown[] = [];
    while (got.length < 4) got.push(...(await stream.take(1, never)).map(({ payload }) => payload));
    await all;
    expect(got).toEqual([1, 2, 3, 4]);
  });

  it("fails its reader when it took nothing for five seconds, and tells the publisher", async () => {
    const { router, streams, clock, buried } = streaming();
    const stream = await streams.open(kernel, "news", { buffer: 1 });
    await router.publish(a, "news", 1);
    const second = router.publish(a, "news", 2);
    expect(await router.publish(a, "news", 3)).toEqual({ delivered: 0, refused: 1 });
    await clock.advance(5000);
    expect(await second).toEqual({ delivered: 0, refused: 1 });
    expect(buried.map(({ payload }) => payload)).toEqual([3, 2]);
    expect((await stream.take(5, never)).map(({ payload }) => payload)).toEqual([1]);
    await expect(stream.take(5, never)).rejects.toMatchObject({ code: "IPC_STREAM_STALLED" });
    expect(await router.publish(a, "news", 4)).toEqual({ delivered: 0, refused: 0 });
  });

  it("ends with its signal, and is bounded", async () => {
    const { streams, topics } = streaming();
    const controller = new AbortController();
    const stream = await streams.open(kernel, "news", { signal: controller.signal });
    controller.abort();
    expect([await stream.take(1, never), stream.over, topics.list()]).toEqual([[], true, []]);
    for (const buffer of [0, 10_001, 1.5]) {
      await expect(streams.open(kernel, "news", { buffer })).rejects.toMatchObject({ code: "IPC_INPUT_INVALID" });
    }
    for (let count = 0; count < 1000; count += 1) await streams.open(kernel, "news");
    await expect(streams.open(kernel, "news")).rejects.toMatchObject({ code: "IPC_TOO_MANY_STREAMS" });
    streams.close();
    expect(topics.list()).toEqual([]);
  });
});

describe("a stream that is read by calls", () => {
  it("waits for the first message within the time, for its owner alone", async () => {
    const { router, streams, clock } = streaming();
    const id = await streams.lease(alice, "news", {});
    const reading = streams.read(alice, id, 10, 1000, never);
    await router.publish(toPid(1), "news", "hot");
    expect((await reading).map(({ payload }) => payload)).toEqual(["hot"]);
    const empty = streams.read(alice, id, 10, 1000, never);
    await clock.advance(1000);
    expect(await empty).toEqual([]);
    await expect(streams.read(kernel, id, 1, 0, never)).rejects.toMatchObject({ code: "IPC_STREAM_NOT_FOUND" });
    streams.end(alice, id);
    await expect(streams.read(alice, id, 1, 0, never)).rejects.toMatchObject({ code: "IPC_STREAM_NOT_FOUND" });
  });

  it("wakes all who read it at once, and lives while one of them reads", async () => {
    const { router, streams, clock } = streaming();
    const id = await streams.lease(alice, "news", {});
    const short = streams.read(alice, id, 1, 1000, never);
    const long = streams.read(alice, id, 1, 60_000, never);
    await clock.advance(1000);
    expect(await short).toEqual([]);
    await clock.advance(40_000);
    await router.publish(toPid(1), "news", "late");
    expect((await long).map(({ payload }) => payload)).toEqual(["late"]);
    await clock.advance(29_000);
    expect(await streams.read(alice, id, 1, 0, never)).toEqual([]);
  });

  it("ends when nobody reads it for 30 seconds", async () => {
    const { streams, clock, topics } = streaming();
    const id = await streams.lease(alice, "news", {});
    await clock.advance(30_000);
    await expect(streams.read(alice, id, 1, 0, never)).rejects.toMatchObject({ code: "IPC_STREAM_NOT_FOUND" });
    expect(topics.list()).toEqual([]);
  });
});
