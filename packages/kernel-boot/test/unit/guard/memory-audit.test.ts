import { shake256 } from "@weftos/crypto";
import { describe, expect, test } from "vitest";
import { memoryAudit } from "../../../src/guard/memory-audit.ts";

const audit = (limit?: number) => memoryAudit({ now: () => 5, hash: (data) => shake256(data), limit });
const event = (idempotencyKey?: string) => ({ source: "x", kind: "x.y", actor: {}, payload: {}, idempotencyKey });

describe("the audit log in memory", () => {
  test("keeps the newest events in order and counts digests", () => {
    const log = audit(2);
    const receipts = [event(), event(), event()].map((one) => log.append(one));
    expect(receipts.map((one) => one.sequence)).toEqual([0, 1, 2]);
    expect(receipts[0]?.hash).toHaveLength(32);
    expect(log.tail().map((one) => one.sequence)).toEqual([1, 2]);
    expect(log.tail(1).map((one) => one.sequence)).toEqual([2]);
    expect(log.tail(0)).toEqual([]);
    log.digest({ action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 0, time: 0 });
    expect(log.digests()).toEqual({ ok: 1, failed: 0, denied: 0 });
    expect(log.persistent).toBe(false);
  });

  test("gives the first receipt again for the same idempotency key, while the event is kept", async () => {
    const log = audit(1);
    const first = log.append(event("k"));
    expect(log.append(event("k"))).toBe(first);
    log.append(event());
    expect(log.append(event("k")).sequence).toBe(2);
    await first.durable;
    await log.ready();
  });
});
