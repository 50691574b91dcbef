import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messagesOf, ThreadChannel } from "../../../src/backends/thread-channel.ts";
import type { FromWorker } from "../../../src/backends/worker-protocol.ts";

function channel(atOnce = 0) {
  const postings: unknown[] = [];
  const made = new ThreadChannel<FromWorker>(atOnce, (posting) => postings.push(structuredClone(posting)));
  return { made, postings, heard: () => postings.flatMap(messagesOf) };
}

const reply = (id: number, payload: unknown): FromWorker => ({
  type: "call",
  id,
  call: { method: "reply", request: "r", payload },
});

describe("a thread's channel", () => {
  it("carries what is said in one turn as one", async () => {
    const { made, postings, heard } = channel();
    for (let id = 1; id <= 10; id += 1) made.post(reply(id, id));
    await Promise.resolve();
    made.post({ type: "credit", count: 3 });
    expect(postings).toEqual([]);
    await nextTurn();
    expect(postings).toHaveLength(1);
    expect(heard()).toHaveLength(11);
    made.post(reply(11, "next"));
    await nextTurn();
    expect(heard().at(-1)).toEqual(reply(11, "next"));
  });

  it("does not wait for the turn's end when there is much to carry", () => {
    const many = channel();
    for (let id = 1; id <= 130; id += 1) many.made.post(reply(id, id));
    expect(many.postings).toHaveLength(2);
    const large = channel();
    for (let id = 1; id <= 3; id += 1) large.made.post(reply(id, "x".repeat(100_000)));
    expect(large.postings).toHaveLength(1);
  });

  it("says the first messages of each turn at once", async () => {
    const { made, heard } = channel(2);
    for (let turn = 1; turn <= 2; turn += 1) {
      for (let id = 1; id <= 5; id += 1) made.post(reply(id, turn));
      expect(heard()).toHaveLength((turn - 1) * 5 + 2);
      await nextTurn();
      expect(heard()).toHaveLength(turn * 5);
    }
  });

  it.each<FromWorker>([
    { type: "log", level: "info", message: "m", fields: {}, dropped: 0 },
    { type: "pong", id: 1, used: undefined },
    { type: "done", crash: null },
    { type: "entered" },
  ])("says at once what must be known of a thread that is then held: $type", (urgent) => {
    const { made, heard } = channel();
    made.post(reply(1, "before"));
    made.post(urgent);
    expect(heard()).toEqual([reply(1, "before"), urgent]);
  });

  it("says the first messages of a turn at once, whatever urgent ones came before", () => {
    const { made, heard } = channel(2);
    for (const id of [1, 2, 3]) made.post({ type: "pong", id, used: undefined });
    for (const id of [1, 2, 3]) made.post(reply(id, id));
    expect(heard().slice(3)).toEqual([reply(1, 1), reply(2, 2)]);
  });

  it("keeps the order of texts and clones, whatever the payloads are", () => {
    const payload = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
      fc.uint8Array(),
      fc.date(),
    );
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 100 }), (payloads) => {
        const { made, heard } = channel();
        for (const [index, value] of payloads.entries()) made.post(reply(index + 1, value));
        made.flush();
        expect(heard()).toEqual(payloads.map((value, index) => reply(index + 1, value)));
      }),
    );
  });

  it("carries a payload as it was when it was said", () => {
    const { made, heard } = channel();
    const payload = { count: 1 };
    made.post(reply(1, payload));
    payload.count = 2;
    made.flush();
    expect(heard()).toEqual([reply(1, { count: 1 })]);
  });

  it("refuses what cannot be cloned, and goes on", () => {
    const { made, heard } = channel();
    made.post(reply(1, "a"));
    expect(() => made.post(reply(2, () => undefined))).toThrow("could not be cloned");
    made.post(reply(3, "c"));
    made.flush();
    expect(heard()).toEqual([reply(1, "a"), reply(3, "c")]);
  });

  it("reads no text that is no list", () => {
    expect(() => messagesOf("{")).toThrow(SyntaxError);
    expect(() => messagesOf('{"type":"entered"}')).toThrow(TypeError);
  });
});
