import type { DigestRecord } from "@weftos/interface";
import { manualClock } from "@weftos/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DigestCollector } from "../../../src/digest/digest-collector.ts";
import { MAX_BATCH_RECORDS, summariseBatch } from "../../../src/format/digest-record.ts";

const record: fc.Arbitrary<DigestRecord> = fc.record({
  action: fc.constantFrom("ipc.send", "ipc.ack", "ipc.recv"),
  actor: fc.constantFrom(1, 2, 2 ** 35),
  target: fc.oneof(fc.nat(), fc.constant("topic:news")),
  outcome: fc.constantFrom("ok" as const, "failed" as const, "denied" as const),
  bytes: fc.nat(),
  time: fc.nat(),
});

describe("the collector of digest records", () => {
  it("counts as they come what a verifier counts when it reads them", () => {
    const sequences = fc.tuple(fc.array(record, { minLength: 1, maxLength: 90 }), fc.nat(), fc.nat());
    fc.assert(
      fc.property(sequences, ([records, expected, first]) => {
        const collector = new DigestCollector(manualClock(), () => undefined);
        for (const one of records) collector.add(one, expected);
        const ready = collector.take(first);
        expect(ready?.batch).toEqual(
          summariseBatch(first, ready?.records ?? new Uint8Array(0), ready?.batch.actions ?? []),
        );
        expect(ready?.batch).toMatchObject({ first, count: records.length });
      }),
    );
  });

  it("numbers the records anew when those before them could not be written", () => {
    const one: DigestRecord = { action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 3, time: 4 };
    const collector = new DigestCollector(manualClock(), () => undefined);
    collector.add(one, 70);
    collector.add(one, 70);
    const ready = collector.take(7);
    expect(summariseBatch(7, ready?.records ?? new Uint8Array(0), ["ipc.send"])).toEqual(ready?.batch);
  });

  it("begins each batch with counts of its own", () => {
    const one: DigestRecord = { action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 3, time: 4 };
    const collector = new DigestCollector(manualClock(), () => undefined);
    collector.add(one, 0);
    expect(collector.drop()).toBe(1);
    collector.add({ ...one, actor: 9, time: 8 }, 0);
    expect(collector.take(0)?.batch).toMatchObject({ count: 1, from: 8, to: 8, counts: [[9, 0, 1, 0, 0]] });
    expect(collector.take(1)).toBeUndefined();
  });

  it("asks for its batch when it is full, and 100 ms after its first record", async () => {
    const one: DigestRecord = { action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 3, time: 4 };
    const clock = manualClock();
    let asked = 0;
    const collector = new DigestCollector(clock, () => {
      asked += 1;
      collector.take(0);
    });
    for (let index = 0; index < MAX_BATCH_RECORDS; index += 1) collector.add(one, 0);
    expect(asked).toBe(1);
    collector.add(one, MAX_BATCH_RECORDS);
    await clock.advance(99);
    expect(asked).toBe(1);
    await clock.advance(1);
    expect(asked).toBe(2);
  });
});
