import type { AuditEvent } from "@weftos/interface";
import { manualClock } from "@weftos/testkit";
import { describe, expect, test } from "vitest";
import { FoldedRefusals } from "../../../src/guard/folded-refusals.ts";
import { recordedAudit } from "../../fake-features.ts";

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, enabled: () => false };
const refusal = (kind = "governance.deny"): AuditEvent => ({
  source: "x",
  kind,
  actor: { pid: 1 },
  payload: { by: "rule" },
});

describe("refusals", () => {
  test("are recorded at once, and alike ones within a second as one event with their count", async () => {
    const clock = manualClock();
    const audit = recordedAudit();
    const refusals = new FoldedRefusals(() => audit, clock, silent);
    for (let i = 0; i < 1000; i++) refusals.record(refusal(), "k");
    expect(audit.events).toHaveLength(1);
    await clock.advance(1000);
    expect(audit.events.map((event) => event.payload)).toEqual([{ by: "rule" }, { by: "rule", count: 999 }]);
    await clock.advance(5000);
    refusals.record(refusal(), "k");
    expect(audit.events).toHaveLength(3);
  });

  test("that happened once leave no count, and different ones are not joined", async () => {
    const clock = manualClock();
    const audit = recordedAudit();
    const refusals = new FoldedRefusals(() => audit, clock, silent);
    refusals.record(refusal(), "a");
    refusals.record(refusal(), "b");
    await clock.advance(1000);
    expect(audit.events).toHaveLength(2);
  });

  test("of very many kinds are closed early, so that no more than 1024 are open", () => {
    const clock = manualClock();
    const audit = recordedAudit();
    const refusals = new FoldedRefusals(() => audit, clock, silent);
    for (let i = 0; i < 2000; i++) {
      refusals.record(refusal(), `k${i}`);
      refusals.record(refusal(), `k${i}`);
    }
    expect(clock.waiting).toBe(1024);
    expect(audit.events).toHaveLength(2000 + (2000 - 1024));
    refusals.flush();
    expect(clock.waiting).toBe(0);
    expect(audit.events).toHaveLength(4000);
  });

  test("stay refusals when they cannot be written", async () => {
    const errors: string[] = [];
    const logger = { ...silent, error: (message: string) => void errors.push(message) };
    const throwing = {
      ...recordedAudit(),
      append: (): never => {
        throw new Error("full");
      },
    };
    new FoldedRefusals(() => throwing, manualClock(), logger).record(refusal(), "k");
    const rejecting = {
      ...recordedAudit(),
      append: () => ({ sequence: 0, hash: new Uint8Array(32), durable: Promise.reject(new Error("disk")) }),
    };
    new FoldedRefusals(() => rejecting, manualClock(), logger).record(refusal(), "k");
    await manualClock().settle();
    expect(errors).toEqual(["a refusal could not be recorded", "a refusal could not be recorded"]);
  });
});
