import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RECORD_BYTES, readRecord, writeNumber, writeRecord } from "../../../src/format/digest-record.ts";
import { nameDigest } from "../../../src/format/domain-hash.ts";
import { NameDigests } from "../../../src/format/name-digests.ts";

const upTo = (bits: number): fc.Arbitrary<number> => fc.maxSafeNat().map((value) => value % 2 ** bits);

describe("a digest record", () => {
  it("reads as it was written, whatever its numbers within their bytes", () => {
    const fields = fc.record({
      number: upTo(48),
      action: upTo(16),
      actor: upTo(40),
      target: upTo(40),
      bytes: upTo(48),
      time: upTo(48),
      outcome: fc.constantFrom("ok" as const, "failed" as const, "denied" as const),
    });
    fc.assert(
      fc.property(fields, ({ number, action, ...rest }) => {
        const bytes = new Uint8Array(3 * RECORD_BYTES);
        const view = new DataView(bytes.buffer);
        writeRecord(view, RECORD_BYTES, 0, action, { action: "ipc.send", ...rest }, new NameDigests());
        writeNumber(view, RECORD_BYTES, number);
        expect(readRecord(bytes, RECORD_BYTES)).toEqual({ number, action, named: false, ...rest });
        expect(bytes.subarray(0, RECORD_BYTES).every((byte) => byte === 0)).toBe(true);
        expect(bytes.subarray(2 * RECORD_BYTES).every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  it("counts no more bytes than its six can say", () => {
    const bytes = new Uint8Array(RECORD_BYTES);
    const record = { action: "fs.read", actor: 1, target: 2, outcome: "ok", time: 3 } as const;
    writeRecord(new DataView(bytes.buffer), 0, 0, 0, { ...record, bytes: Number.MAX_SAFE_INTEGER }, new NameDigests());
    expect(readRecord(bytes, 0)?.bytes).toBe(2 ** 48 - 1);
  });

  it("names its target by a digest that is the same however many names were written before", () => {
    const names = new NameDigests();
    const bytes = new Uint8Array(RECORD_BYTES);
    const record = { action: "ipc.publish", actor: 1, outcome: "ok", bytes: 2, time: 3 } as const;
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 1500; index++) {
        const target = `t.${index}`;
        writeRecord(new DataView(bytes.buffer), 0, 0, 0, { ...record, target }, names);
        if (index % 100 === 0) expect(readRecord(bytes, 0)).toMatchObject({ named: true, target: nameDigest(target) });
      }
    }
  });
});
