import { CborReader, CborWriter } from "@weftos/crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRedacted, readContent, writeContent } from "../../../src/format/content-record.ts";
import { type EventFields, readEvent, writeEvent } from "../../../src/format/event-record.ts";
import { EventScan } from "../../../src/verify/event-scan.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const text = (maxLength: number) => fc.string({ minLength: 1, maxLength, unit: "binary" });
const count = fc.maxSafeNat();

const events: fc.Arbitrary<EventFields> = fc.record({
  chain: bytes(16),
  sequence: count,
  time: count,
  previous: bytes(32),
  source: text(60),
  kind: fc.oneof(text(100), fc.constantFrom("chain.digest", "chain", "chain.")),
  node: bytes(16),
  principal: fc.option(text(250)),
  pid: fc.option(count),
  agent: fc.option(text(100)),
  trace: fc.option(bytes(24)),
  key: fc.option(text(100)),
  commitment: fc.option(bytes(32)),
});
const contents = fc.record({
  sequence: count,
  salt: bytes(32),
  content: fc.uint8Array({ minLength: 1, maxLength: 70_000 }),
});

/** One byte changed, or the end cut off. */
const damages = fc.record({ at: fc.nat(), to: fc.nat(255), cut: fc.boolean() });

function damaged(whole: Uint8Array, { at, to, cut }: { at: number; to: number; cut: boolean }): Uint8Array {
  const changed = whole.slice();
  changed[at % whole.length] = to;
  return cut ? changed.subarray(0, at % whole.length) : changed;
}

function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function expectSame(scan: EventScan, whole: Uint8Array, event: EventFields, end: number): void {
  const { sequence, time, commitmentAt } = scan;
  expect({ sequence, time, at: scan.at }).toEqual({ sequence: event.sequence, time: event.time, at: end });
  expect(scan.isOwn).toBe(event.kind.startsWith("chain."));
  expect(whole.slice(scan.chainAt, scan.chainAt + 16)).toEqual(event.chain.slice());
  expect(whole.slice(scan.previousAt, scan.previousAt + 32)).toEqual(event.previous.slice());
  expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(whole.subarray(scan.kindAt, scan.kindEnd))).toBe(
    event.kind,
  );
  if (event.commitment === null) expect(commitmentAt).toBe(-1);
  else expect(whole.slice(commitmentAt, commitmentAt + 32)).toEqual(event.commitment.slice());
}

describe("scanning events", () => {
  it("gives of every event what reading it gives", () => {
    fc.assert(
      fc.property(events, events, (first, second) => {
        const writer = new CborWriter();
        writeEvent(writer, first);
        writeEvent(writer, second);
        const whole = writer.take();
        const reader = new CborReader(whole);
        // Some of these texts are longer in UTF-8 than an event allows.
        fc.pre(tryRead(() => [readEvent(reader), readEvent(reader)]) !== undefined);
        const again = new CborReader(whole);
        const scan = new EventScan();
        scan.begin(whole);
        for (let i = 0; i < 2; i++) {
          expect(scan.event()).toBe(true);
          expectSame(scan, whole, readEvent(again), again.offset);
        }
      }),
    );
  });

  it("accepts nothing that reading refuses", () => {
    fc.assert(
      fc.property(events, damages, (event, damage) => {
        const writer = new CborWriter();
        writeEvent(writer, event);
        const changed = damaged(writer.take(), damage);
        const scan = new EventScan();
        scan.begin(changed);
        if (!scan.event()) return;
        const reader = new CborReader(changed);
        expectSame(scan, changed, readEvent(reader), reader.offset);
      }),
      { numRuns: 2000 },
    );
  });

  it("does the same for records of content, and leaves those that may be redacted", () => {
    fc.assert(
      fc.property(contents, fc.option(damages), (content, damage) => {
        const writer = new CborWriter();
        writeContent(writer, content);
        const whole = writer.take();
        const changed = damage === null ? whole : damaged(whole, damage);
        const scan = new EventScan();
        scan.begin(changed);
        if (!scan.content()) return void expect(damage).not.toBeNull();
        const reader = new CborReader(changed);
        const record = readContent(reader);
        expect(isRedacted(record)).toBe(false);
        expect([scan.sequence, scan.at]).toEqual([record.sequence, reader.offset]);
        expect(changed.slice(scan.saltAt, scan.saltAt + 32)).toEqual(record.salt.slice());
        expect(changed.slice(scan.contentAt, scan.contentEnd)).toEqual(record.content.slice());
      }),
      { numRuns: 500 },
    );
    const writer = new CborWriter();
    writeContent(writer, { sequence: 3, salt: new Uint8Array(32), content: new Uint8Array(5) });
    const scan = new EventScan();
    scan.begin(writer.take());
    expect(scan.content()).toBe(false);
  });
});
