/** What every `LogSink` that keeps lines keeps to. */
import type { LogSink } from "@weftos/interface";
import { describe, expect, it } from "vitest";

/** A sink under test. */
export interface LogSinkCase {
  readonly sink: LogSink;
  /** Gives the lines that came out, parsed; called after `close`. */
  lines(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  dispose(): Promise<void>;
}

/** Declares the suite for one implementation of `LogSink`. */
export function logSinkContract(name: string, implementation: { create(): Promise<LogSinkCase> }): void {
  describe(`${name} keeps the contract of LogSink`, () => {
    it("writes each line with time, level, subsystem, message and fields, in order", async () => {
      const subject = await implementation.create();
      const base = { time: 1_700_000_000_000, subsystem: "process" } as const;
      for (const level of ["trace", "debug", "info", "warn", "error"] as const) {
        subject.sink.write({ ...base, level, message: "agent exited", fields: { processId: 7, name: "echo" } });
      }
      await subject.sink.close();
      const lines = await subject.lines();
      expect(lines.map((line) => line.level)).toEqual(["trace", "debug", "info", "warn", "error"]);
      for (const line of lines) {
        expect(line).toMatchObject({ ...base, message: "agent exited", processId: 7, name: "echo" });
      }
      await subject.dispose();
    });

    it("lets no field replace what the line itself says", async () => {
      const subject = await implementation.create();
      subject.sink.write({
        time: 5,
        level: "warn",
        subsystem: "ipc",
        message: "refused",
        fields: { time: 9, level: "info", subsystem: "x", message: "y", pid: 3, absent: undefined },
      });
      await subject.sink.close();
      const [line] = await subject.lines();
      expect(line).toMatchObject({ time: 5, level: "warn", subsystem: "ipc", message: "refused" });
      expect(line).toMatchObject({ time_: 9, level_: "info", subsystem_: "x", message_: "y", pid_: 3 });
      expect(Object.keys(line ?? {})).not.toContain("absent");
      await subject.dispose();
    });

    it("does not throw after it was closed, and closes twice without harm", async () => {
      const subject = await implementation.create();
      await subject.sink.close();
      const late = { time: 1, level: "info", subsystem: "x", message: "late", fields: {} } as const;
      expect(() => subject.sink.write(late)).not.toThrow();
      await subject.sink.close();
      expect(await subject.lines()).toEqual([]);
      await subject.dispose();
    });
  });
}
