import type { LogRecord } from "@weftos/interface";
import { loggerContract } from "@weftos/testkit/contract";
import { LogOutput } from "../../src/log/log-output.ts";

loggerContract("the log of a kernel", {
  async create() {
    const records: LogRecord[] = [];
    const output = new LogOutput({ now: () => 1000, levels: { base: "error", subsystems: new Map() } });
    output.setLevels("contract=info");
    output.useSink({ write: (record) => void records.push(record), close: async () => undefined });
    return { logger: output.logger("contract"), records: () => records, dispose: () => output.close() };
  },
});
