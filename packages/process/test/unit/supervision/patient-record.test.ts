import { type AuditEvent, WeftError } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { PatientRecord } from "../../../src/supervision/patient-record.ts";

class FullError extends WeftError<Record<string, never>> {
  override readonly code = "CHAIN_QUEUE_FULL";
}
class BrokenError extends WeftError<Record<string, never>> {
  override readonly code = "CHAIN_NOT_WRITABLE";
}

const event = (n: number): AuditEvent => ({ source: "process", kind: "agent.exit", actor: { pid: n }, payload: {} });

/** A log with so much room, which comes back when the test says. */
function setUp(room: number) {
  const kept: (number | undefined)[] = [];
  const lost: unknown[] = [];
  const state = { room, broken: false, wake: (): void => undefined };
  const logger = {
    trace() {},
    debug() {},
    info() {},
    warn() {},
    error: (_text: string, fields: unknown) => void lost.push(fields),
    enabled: () => true,
  };
  const records = new PatientRecord(
    {
      append({ actor }) {
        if (state.broken) throw new BrokenError("broken", { details: {} });
        if (state.room === 0) throw new FullError("full", { details: {}, retryable: true });
        state.room--;
        kept.push(actor.pid);
        return { sequence: kept.length, hash: new Uint8Array(32), durable: Promise.resolve() };
      },
      async ready() {
        if (state.broken) throw new BrokenError("broken", { details: {} });
        if (state.room === 0)
          await new Promise<void>((resolve) => {
            state.wake = resolve;
          });
        if (state.broken) throw new BrokenError("broken", { details: {} });
      },
    },
    logger,
  );
  return { records, kept, lost, state };
}

describe("PatientRecord", () => {
  it("records all that found no room, in order, as room comes", async () => {
    const { records, kept, lost, state } = setUp(2);
    for (let n = 0; n < 10; n++) records.append(event(n));
    expect(kept).toEqual([0, 1]);
    for (let round = 0; round < 4; round++) {
      await Promise.resolve();
      state.room = 2;
      state.wake();
      await new Promise(setImmediate);
    }
    await records.settled();
    expect(kept).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(lost).toEqual([]);
  });

  it("keeps the order when room came back while others waited", async () => {
    const { records, kept, state } = setUp(0);
    records.append(event(1));
    state.room = 5;
    records.append(event(2));
    state.wake();
    await records.settled();
    expect(kept).toEqual([1, 2]);
  });

  it("says what is lost when the log cannot record any more", async () => {
    const { records, kept, lost, state } = setUp(0);
    records.append(event(1));
    records.append(event(2));
    await Promise.resolve();
    state.broken = true;
    state.wake();
    await records.settled();
    records.append(event(3));
    expect(kept).toEqual([]);
    expect(lost).toMatchObject([{ processId: 1 }, { processId: 2 }, { processId: 3 }]);
  });
});
