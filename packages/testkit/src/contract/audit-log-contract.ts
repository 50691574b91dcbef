/** What every `AuditLog` keeps to. */
import type { AuditEvent, AuditLog, DigestRecord } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** What was recorded, as the implementation's own reader tells it. */
export interface RecordedEvent {
  readonly sequence: number;
  readonly kind: string;
  readonly payload: unknown;
}

/** An audit log under test. */
export interface AuditLogCase {
  readonly audit: AuditLog;
  /** Reads the events whose kind is `kind`, in order. */
  recorded(kind: string): Promise<readonly RecordedEvent[]>;
  /** Loses all that is not durable, as `kill -9` or a power cut, and opens again; undefined for logs in memory. */
  readonly crash: (() => Promise<AuditLogCase>) | undefined;
  /** Makes the disk refuse every write from now on; undefined for logs in memory. */
  readonly failDisk: (() => void) | undefined;
  dispose(): Promise<void>;
}

const event = (payload: AuditEvent["payload"], more: Partial<AuditEvent> = {}): AuditEvent => ({
  source: "contract",
  kind: "contract.happen",
  actor: { pid: 7, agent: "tester" },
  payload,
  ...more,
});

/** Declares the suite for one implementation of `AuditLog`. */
export function auditLogContract(name: string, implementation: { create(): Promise<AuditLogCase> }): void {
  describe(`${name} keeps the contract of AuditLog`, () => {
    let subject: AuditLogCase;
    const payloads = async (from: AuditLogCase = subject): Promise<unknown[]> =>
      (await from.recorded("contract.happen")).map((recorded) => recorded.payload);
    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(() => subject.dispose());

    it("gives ascending sequences in the order of the calls, at once", async () => {
      const receipts = Array.from({ length: 20 }, (_, index) => subject.audit.append(event({ index })));
      const sequences = receipts.map((receipt) => receipt.sequence);
      expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
      expect(new Set(sequences).size).toBe(20);
      await Promise.all(receipts.map((receipt) => receipt.durable));
      const recorded = await subject.recorded("contract.happen");
      expect(recorded.map((one) => one.sequence)).toEqual(sequences);
      expect(recorded.map((one) => one.payload)).toEqual(sequences.map((_, index) => ({ index })));
    });

    it("gives a hash of 32 bytes, another for another event", async () => {
      const first = subject.audit.append(event({ index: 1 }));
      const second = subject.audit.append(event({ index: 2 }));
      expect(first.hash).toHaveLength(32);
      expect(first.hash).not.toEqual(second.hash);
      await second.durable;
    });

    it("records an event as it was at the call", async () => {
      const payload = { text: "before" };
      const receipt = subject.audit.append(event(payload));
      payload.text = "after";
      await receipt.durable;
      expect(await payloads()).toEqual([{ text: "before" }]);
    });

    it("records an idempotency key once and gives the first receipt again", async () => {
      const first = subject.audit.append(event({ n: 1 }, { idempotencyKey: "contract:1" }));
      const again = subject.audit.append(event({ n: 2 }, { idempotencyKey: "contract:1" }));
      expect(again.sequence).toBe(first.sequence);
      expect(again.hash).toEqual(first.hash);
      await again.durable;
      expect(await payloads()).toEqual([{ n: 1 }]);
    });

    it("takes digest records without an event of their own each", async () => {
      const record: DigestRecord = {
        action: "ipc.send",
        actor: 7,
        target: 8,
        outcome: "ok",
        bytes: 12,
        time: 1_700_000_000_000,
      };
      for (let index = 0; index < 10; index += 1) subject.audit.digest({ ...record, target: index % 2 ? "topic" : 8 });
      await subject.audit.append(event({ after: true })).durable;
      expect(await subject.recorded("ipc.send")).toEqual([]);
      expect(await payloads()).toEqual([{ after: true }]);
    });

    it("has room when it is idle", async () => {
      await expect(subject.audit.ready()).resolves.toBeUndefined();
    });

    it("keeps through a crash what was durable, each event whole or absent, in order", async ({ skip }) => {
      skip(subject.crash === undefined, "the log lives in memory");
      expect(subject.audit.persistent).toBe(true);
      const last = [1, 2, 3].map((n) => subject.audit.append(event({ n }))).at(-1);
      await last?.durable;
      for (const n of [4, 5]) subject.audit.append(event({ n })).durable.catch(() => {});
      const after = await subject.crash?.();
      if (after === undefined) return;
      const found = await payloads(after);
      expect(found.slice(0, 3)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
      expect([[], [{ n: 4 }], [{ n: 4 }, { n: 5 }]]).toContainEqual(found.slice(3));
      const next = after.audit.append(event({ n: 6 }));
      expect(next.sequence).toBeGreaterThan(last?.sequence ?? 0);
      await next.durable;
      await after.dispose();
    });

    it("keeps an idempotency key through a crash", async ({ skip }) => {
      skip(subject.crash === undefined, "the log lives in memory");
      const first = subject.audit.append(event({ n: 1 }, { idempotencyKey: "contract:1" }));
      await first.durable;
      const after = await subject.crash?.();
      if (after === undefined) return;
      expect(after.audit.append(event({ n: 2 }, { idempotencyKey: "contract:1" })).sequence).toBe(first.sequence);
      await after.dispose();
    });

    it("rejects `durable` and refuses further events while the disk fails", async ({ skip }) => {
      skip(subject.failDisk === undefined, "the log lives in memory");
      subject.failDisk?.();
      await expect(subject.audit.append(event({ n: 1 })).durable).rejects.toBeInstanceOf(Error);
      expect(() => subject.audit.append(event({ n: 2 }))).toThrow(
        expect.objectContaining({ code: "CHAIN_NOT_WRITABLE" }),
      );
    });

    it("says that it does not outlive the process when it cannot", ({ skip }) => {
      skip(subject.crash !== undefined, "the log is on disk");
      expect(subject.audit.persistent).toBe(false);
    });
  });
}
