import { Duplex } from "node:stream";
import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import {
  decodeFrame,
  encodeFrame,
  type FrameBounds,
  FrameChannel,
  MAX_FRAME_BYTES,
} from "../../../src/backends/frame-channel.ts";
import { MAX_PARTS } from "../../../src/backends/json-parts.ts";

class Line extends Duplex {
  readonly out: Buffer[] = [];
  /** Calls that say the other end took a piece. */
  readonly taken: (() => void)[] = [];
  slow = false;

  override _read(): void {}

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.out.push(chunk);
    if (this.slow) this.taken.push(done);
    else done();
  }
}

function channel(bounds: FrameBounds = { maxBytes: 10_000, counts: "taken" }) {
  const line = new Line();
  const messages: unknown[] = [];
  const broken: string[] = [];
  let closed = 0;
  const made = new FrameChannel(line, bounds, {
    message: (message) => messages.push(message),
    broken: (what) => broken.push(what),
    closed: () => {
      closed += 1;
    },
  });
  return { line, made, messages, broken, closed: () => closed };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a frame", () => {
  test.prop([
    fc.record({ type: fc.string(), value: fc.jsonValue(), place: fc.constantFrom("message", "call", "value", "none") }),
    fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
  ])("carries a message with its bytes", ({ type, value, place }, payload) => {
    const message =
      place === "none" || payload === undefined
        ? { type, other: value }
        : { type, other: value, [place]: { a: 1, payload } };
    const frame = encodeFrame(message);
    expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
    const plain = JSON.parse(JSON.stringify({ type, other: value }));
    const { [place]: inner, ...rest } = decodeFrame(frame.subarray(4)) as Record<string, unknown>;
    expect(rest).toEqual(plain);
    if (place !== "none" && payload !== undefined) expect(inner).toEqual({ a: 1, payload });
  });

  it("is what the format says, byte for byte", () => {
    const frame = encodeFrame({ type: "call", call: { payload: new Uint8Array([9, 8]) } });
    const text = '[3,{"type":"call","call":{"payload":null}}]';
    const head = Buffer.from([0, 0, 0, 4 + text.length + 2, 0, 0, 0, text.length]);
    expect(frame).toEqual(Buffer.concat([head, Buffer.from(text), Buffer.from([9, 8])]));
  });

  it("does not change the message that it is made of, and keeps no chunk alive", () => {
    const message = { type: "message", message: { payload: new Uint8Array([1]) } };
    const frame = encodeFrame(message);
    expect(message.message.payload).toEqual(new Uint8Array([1]));
    const read = decodeFrame(frame.subarray(4)) as typeof message;
    expect(read.message.payload.buffer.byteLength).toBe(1);
  });

  it("is refused when it would be longer than any receiver takes", () => {
    expect(() => encodeFrame({ payload: "x".repeat(33 * 1_048_576) })).toThrow(RangeError);
  });
});

describe("a channel of frames", () => {
  test.prop([fc.array(fc.jsonValue(), { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })])(
    "reads messages in order, however the stream cuts them",
    async (values, cuts) => {
      const { line, messages } = channel();
      const all = Buffer.concat(values.map((value) => encodeFrame({ value })));
      for (let from = 0, index = 0; from < all.length; index += 1) {
        const size = cuts[index % cuts.length] ?? 1;
        line.push(all.subarray(from, from + size));
        from += size;
      }
      await turn();
      expect(messages).toEqual(values.map((value) => JSON.parse(JSON.stringify({ value }))));
    },
  );

  it.each([
    ["longer than allowed", [0, 0, 0x27, 0x11]],
    ["shorter than its own head", [0, 0, 0, 3]],
    ["with a text longer than itself", [0, 0, 0, 5, 0, 0, 0, 9, 0x30]],
    ["that is no JSON", [0, 0, 0, 5, 0, 0, 0, 1, 0x7b]],
    ["that is no pair", [0, 0, 0, 6, 0, 0, 0, 2, 0x5b, 0x5d]],
  ])("ends at a frame %s, and reads nothing after it", async (_, bytes) => {
    const { line, messages, broken, closed } = channel();
    line.push(Buffer.concat([Buffer.from(bytes), encodeFrame({ type: "late" })]));
    await turn();
    expect([messages, broken.length, closed()]).toEqual([[], 1, 1]);
  });

  it("writes the first frames of each turn at once and the others together at its end", async () => {
    const { line, made } = channel();
    for (let round = 1; round <= 2; round += 1) {
      for (let id = 1; id <= 10; id += 1) made.post({ type: "credit", id });
      expect(line.out).toHaveLength((round - 1) * 10 + 2);
      await turn();
      expect(line.out).toHaveLength(round * 10);
    }
    const ids = line.out.map((frame) => (decodeFrame(frame.subarray(4)) as { id: number }).id);
    expect(ids.slice(0, 10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("writes the first frames of a turn at once, whatever urgent ones came before", () => {
    const { line, made } = channel();
    for (let id = 1; id <= 3; id += 1) made.post({ type: "pong", id });
    for (let id = 4; id <= 6; id += 1) made.post({ type: "credit", id });
    expect(line.out.map((frame) => (decodeFrame(frame.subarray(4)) as { id: number }).id)).toEqual([1, 2, 3, 4, 5]);
  });

  it("does not keep back a quarter of a megabyte, nor what is urgent", () => {
    const { line, made } = channel();
    for (let id = 1; id <= 5; id += 1) made.post({ type: "credit", id, text: "x".repeat(100_000) });
    expect(line.out).toHaveLength(5);
    made.post({ type: "credit", id: 6 });
    expect(line.out).toHaveLength(5);
    made.post({ type: "log", id: 7 });
    expect(line.out).toHaveLength(7);
  });

  it("asks to wait while a megabyte has not left, and no longer", async () => {
    const { line, made } = channel();
    line.slow = true;
    expect(made.room()).toBe(undefined);
    made.post({ text: "x".repeat(1_100_000) });
    let free = false;
    const room = made.room()?.then(() => {
      free = true;
    });
    await turn();
    expect([free, room === undefined]).toEqual([false, false]);
    for (const done of line.taken.splice(0)) done();
    await room;
    expect(made.room()).toBe(undefined);
  });

  it("lets nobody wait when it closes, and takes what is posted then in silence", async () => {
    const { line, made, closed } = channel();
    line.slow = true;
    made.post({ text: "x".repeat(1_100_000) });
    const room = made.room();
    made.close();
    await room;
    made.post({ text: "late" });
    await turn();
    expect([line.out.length, closed()]).toEqual([1, 1]);
  });

  describe.each([
    ["an empty list", "[],", 2],
    ["a number", "1,", 1],
    ["a text with marks of all kinds", '"[{,:\\\\\\"",', 1],
    ["a value with its key", '"k":0,', 4],
  ])("that holds too many times %s", (_, part, counts) => {
    const most = Math.floor((MAX_PARTS - 100) / counts);
    const listOf = (times: number): string => {
      const all = part.repeat(times).slice(0, -1);
      return part.startsWith('"k"') ? `{${all}}` : `[${all}]`;
    };
    const frameOf = (value: string): Buffer => {
      const text = Buffer.from(`[0,{"type":"call","value":${value}}]`);
      const head = Buffer.alloc(8);
      head.writeUInt32BE(text.length + 4, 0);
      head.writeUInt32BE(text.length, 4);
      return Buffer.concat([head, text]);
    };

    it("is refused by the kernel before it is read", async () => {
      const { line, messages, broken, closed } = channel({ maxBytes: MAX_FRAME_BYTES, counts: "taken" });
      line.push(frameOf(listOf(most)));
      await turn();
      expect([messages.length, broken]).toEqual([1, []]);
      line.push(frameOf(listOf(most + 200)));
      await turn();
      expect([messages.length, broken, closed()]).toEqual([1, [`a frame of more than ${MAX_PARTS} parts`], 1]);
    });

    it("is not sent by the agent, which is told, and goes on", () => {
      const { line, made } = channel({ maxBytes: MAX_FRAME_BYTES, counts: "sent" });
      const value: unknown = JSON.parse(listOf(most));
      made.post({ type: "call", value });
      if (!part.startsWith('"k"')) {
        const more: unknown = JSON.parse(listOf(most + 200));
        expect(() => made.post({ type: "call", value: more })).toThrow(RangeError);
      }
      expect(line.out).toHaveLength(1);
    });
  });
});
