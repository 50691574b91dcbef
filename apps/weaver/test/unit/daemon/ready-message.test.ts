import { fc, test } from "@fast-check/vitest";
import { WeftError } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { failedMessage, readReadyMessage } from "../../../src/daemon/ready-message.ts";

describe("the message of a starting daemon", () => {
  it("carries an error with its code and details", () => {
    const error = WeftError.fromJSON({
      code: "KERNEL_LOCKED",
      message: "held",
      details: { processId: 7 },
      retryable: true,
    });
    const wire: unknown = JSON.parse(JSON.stringify(failedMessage(error)));
    expect(readReadyMessage(wire)).toEqual({
      kind: "failed",
      error: { code: "KERNEL_LOCKED", message: "held", details: { processId: 7 }, retryable: false },
    });
  });

  it("carries where the kernel listens", () => {
    const ready = { kind: "ready", pid: 42, socket: "/s", environment: "lab", bootMs: 30, notices: ["mind"] };
    expect(readReadyMessage(ready)).toEqual(ready);
    expect(readReadyMessage({ kind: "ready", pid: 42, notices: [7] })).toEqual({
      kind: "ready",
      pid: 42,
      socket: null,
      environment: "unknown",
      bootMs: 0,
      notices: [],
    });
  });

  test.prop([fc.anything()])("is nothing else, and never throws", (value) => {
    const message = readReadyMessage(value);
    if (message !== undefined) expect(["ready", "failed"]).toContain(message.kind);
  });
});
