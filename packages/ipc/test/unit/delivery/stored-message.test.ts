import type { MessageTarget, Payload, PayloadKind } from "@weftos/interface";
import { seededRandom } from "@weftos/testkit";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  readRecord,
  restoreMessage,
  storedMessageSchema,
  storeMessage,
  writeRecord,
} from "../../../src/delivery/stored-message.ts";
import { MessageIds } from "../../../src/message/message-ids.ts";
import { a, b, envelope, trace } from "../../router-harness.ts";

const node = "0123456789abcdef0123456789abcdef";
const targets = [
  { kind: "process", pid: b },
  { kind: "topic", topic: "orders.new" },
  { kind: "broadcast" },
  { kind: "service", service: "bank" },
  { kind: "serviceMethod", service: "bank", method: "pay" },
  { kind: "kernel" },
  { kind: "remote", node, target: { kind: "service", service: "bank" } },
] as readonly MessageTarget[];
const bytes = fc.uint8Array({ maxLength: 300 });
/** No payload has the key `__proto__`. */
const plainJson = (maxDepth?: number) =>
  fc
    .jsonValue(maxDepth === undefined ? {} : { maxDepth })
    .filter((value) => !JSON.stringify(value).includes("__proto__"));
const payloads = fc.oneof(
  fc.record({ kind: fc.constant("text"), payload: fc.string({ unit: "grapheme" }) }),
  fc.record({ kind: fc.constant("json"), payload: plainJson(4) }),
  fc.record({ kind: fc.constant("binary"), payload: bytes }),
  fc.record({ kind: fc.constant("rvf"), payload: bytes, segmentType: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant("toolCall"), payload: fc.record({ name: fc.string(), args: plainJson() }) }),
  fc.record({ kind: fc.constant("toolResult"), payload: fc.record({ callId: fc.string(), result: plainJson() }) }),
);
const ids = new MessageIds(seededRandom(3));
const sent = (init: Parameters<typeof envelope>[1], payload: Payload) => envelope(payload, { from: a, ...init });

describe("a message on disk", () => {
  it("is the one that was sent, of every kind and to every target", () => {
    void fc.assert(
      fc.property(payloads, fc.constantFrom(...targets), ({ kind, payload, ...more }, target) => {
        const rare = { hops: 2, ...("segmentType" in more ? { segmentType: more.segmentType } : {}) };
        const message = sent({ kind: kind as PayloadKind, target, rare }, payload as Payload);
        const record = readRecord(storedMessageSchema, writeRecord(storeMessage(message)));
        if (record === undefined) throw new Error("expected a record");
        const restored = restoreMessage(ids, record as never, {});
        expect(JSON.parse(JSON.stringify(restored))).toEqual(JSON.parse(JSON.stringify(message)));
      }),
    );
  });

  it("has the form that journals of earlier versions have", () => {
    const id = "aabbccddeeff000000000001";
    const message = sent({ kind: "binary", rare: { id } }, Uint8Array.of(0, 255));
    const text = new TextDecoder().decode(writeRecord(storeMessage(message)));
    expect(text).toBe(
      `{"id":"${id}","from":1,"target":{"kind":"process","pid":2},"kind":"binary","payload":"AP8=","bytes":8,"sentAt":0,"hops":0}`,
    );
    const traced = readRecord(
      storedMessageSchema,
      new TextEncoder().encode(text.replace('"hops"', `"trace":"${trace}","hops"`)),
    );
    expect(restoreMessage(ids, traced as never, {})).toMatchObject({ id, trace, payload: Uint8Array.of(0, 255) });
  });

  it.each([
    ["no JSON", "{"],
    ["no message", '{"id":1}'],
    [
      "a kind that is never kept",
      '{"id":"a","from":1,"target":{"kind":"kernel"},"kind":"signal","payload":"ping","bytes":4,"sentAt":0,"hops":0}',
    ],
    [
      "a sender that is no PID",
      '{"id":"a","from":-1,"target":{"kind":"kernel"},"kind":"text","payload":"x","bytes":1,"sentAt":0,"hops":0}',
    ],
  ])("is told apart from %s", (_, text) => {
    expect(readRecord(storedMessageSchema, new TextEncoder().encode(text))).toBeUndefined();
  });
});
