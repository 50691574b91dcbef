import type { Logger } from "@weftos/interface";
import { manualClock } from "@weftos/testkit";
import { expect, it } from "vitest";
import { AgentLogs } from "../../../src/agent/agent-logs.ts";

const silent = (): void => undefined;
const logger: Logger = {
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  enabled: (level) => level !== "debug",
};

it("keeps what agents wrote, without fields, and what their code printed", () => {
  const logs = new AgentLogs(manualClock());
  const log = logs.over(logger);
  const who = { processId: 7, agent: "clerk" };
  log.info("begins", { ...who, token: "hidden" });
  log.debug("not written", who);
  log.info("nobody's", { token: "hidden" });
  log.info("standard output", { ...who, line: "a line" });
  log.warn("standard error", { ...who, line: "a fault" });
  log.warn("standard error", who);
  expect(logs.read({}).map(({ pid, level, message }) => [pid, level, message])).toEqual([
    [7, "info", "begins"],
    [7, "info", "stdout: a line"],
    [7, "warn", "stderr: a fault"],
    [7, "warn", "standard error"],
  ]);
});

it("gives the newest, those after a cursor, and those of one process, of the last 4096", () => {
  const logs = new AgentLogs(manualClock());
  const log = logs.over(logger);
  for (let line = 1; line <= 5000; line += 1) log.info(`line ${line}`, { processId: line % 2, agent: "a" });
  expect(logs.read({})).toHaveLength(4096);
  expect(logs.read({ tail: 2 }).map(({ message }) => message)).toEqual(["line 4999", "line 5000"]);
  expect(logs.read({ since: 4998, pid: 1 }).map(({ index }) => index)).toEqual([4999]);
  expect(logs.read({ since: 5000 })).toEqual([]);
});
