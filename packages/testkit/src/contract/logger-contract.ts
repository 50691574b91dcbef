/** What every `Logger` keeps to. */
import type { Logger, LogLevel, LogRecord } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A logger under test, writing from `info` on under the subsystem `contract`. */
export interface LoggerCase {
  readonly logger: Logger;
  /** Gives the lines that reached the sink. */
  records(): readonly LogRecord[];
  dispose(): Promise<void>;
}

const levels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

/** Declares the suite for one implementation of `Logger`. */
export function loggerContract(name: string, implementation: { create(): Promise<LoggerCase> }): void {
  describe(`${name} keeps the contract of Logger`, () => {
    let subject: LoggerCase;
    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(() => subject.dispose());

    it("writes exactly the levels that it says are enabled", () => {
      for (const level of levels) subject.logger[level]("something happened", { processId: 7 });
      expect(subject.records().map((record) => record.level)).toEqual(
        levels.filter((level) => subject.logger.enabled(level)),
      );
      expect(levels.filter((level) => subject.logger.enabled(level))).toEqual(["info", "warn", "error"]);
    });

    it("gives a line its subsystem, message, fields and a time in whole milliseconds", () => {
      subject.logger.warn("inbox is full", { processId: 7, limit: 1024 });
      const [record] = subject.records();
      expect(record).toMatchObject({
        level: "warn",
        subsystem: "contract",
        message: "inbox is full",
        fields: { processId: 7, limit: 1024 },
      });
      expect(Number.isSafeInteger(record?.time)).toBe(true);
    });

    it("writes a line without fields", () => {
      subject.logger.info("started");
      expect(subject.records()[0]).toMatchObject({ message: "started", fields: {} });
    });
  });
}
