import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageRing } from "../../../src/mailbox/message-ring.ts";
import { envelope } from "../../router-harness.ts";

const step = fc.oneof(
  fc.record({ do: fc.constant("push" as const), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ do: fc.constant("shift" as const), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ do: fc.constant("unshift" as const), count: fc.integer({ min: 0, max: 20 }) }),
  fc.record({ do: fc.constant("remove" as const), count: fc.nat(60) }),
);

describe("a ring of messages", () => {
  it("holds what a plain array would hold, in its order", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const ring = new MessageRing();
        let model: ReturnType<typeof envelope>[] = [];
        for (const { do: action, count } of steps) {
          const messages = Array.from({ length: count }, () => envelope(0));
          if (action === "push") {
            for (const message of messages) ring.push(message);
            model.push(...messages);
          } else if (action === "unshift") {
            ring.unshift(messages);
            model = [...messages, ...model];
          } else if (action === "shift") {
            for (let taken = 0; taken < count; taken += 1) expect(ring.shift()).toBe(model.shift());
          } else if (count < model.length) {
            ring.removeAt(count);
            model.splice(count, 1);
          }
          expect(ring.length).toBe(model.length);
          for (const [at, message] of model.entries()) expect(ring.at(at)).toBe(message);
        }
      }),
    );
  });

  it("is oversized only when it is empty after a storm", () => {
    const ring = new MessageRing();
    for (let count = 0; count < 1024; count += 1) ring.push(envelope(0));
    while (ring.shift() !== undefined);
    expect(ring.oversized).toBe(false);
    for (let count = 0; count < 1025; count += 1) ring.push(envelope(0));
    expect(ring.oversized).toBe(false);
    while (ring.shift() !== undefined);
    expect(ring.oversized).toBe(true);
  });
});
