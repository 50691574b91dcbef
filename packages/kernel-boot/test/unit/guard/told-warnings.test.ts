import type { ActionRequest, Logger } from "@weftos/interface";
import { manualClock } from "@weftos/testkit";
import { describe, expect, test } from "vitest";
import { ToldWarnings } from "../../../src/guard/told-warnings.ts";

const none = (): void => {};

function setUp(withProcesses = true) {
  const clock = manualClock();
  const logged: unknown[] = [];
  const told: unknown[] = [];
  const logger: Logger = {
    trace: none,
    debug: none,
    info: none,
    error: none,
    warn: (message, fields) => void logged.push([message, fields?.subject]),
    enabled: () => true,
  };
  const control = { warned: (pid: number, action: string) => void told.push([pid, action]) };
  const warnings = new ToldWarnings({ clock, logger, control: () => (withProcesses ? control : undefined) });
  return { clock, logged, told, warnings };
}

const of = (id: string, kind: ActionRequest["subject"]["kind"] = "process"): ActionRequest => ({
  action: "fs.remove",
  subject: { kind, id },
  resource: "/x",
  attributes: {},
});

describe("what rules want known", () => {
  test("reaches a process in its own log, and of everybody else the kernel's", () => {
    const { logged, told, warnings } = setUp();
    warnings.tell(of("7"), ["R: mind"]);
    warnings.tell(of("ann", "principal"), ["R: mind"]);
    expect(told).toEqual([[7, "fs.remove"]]);
    expect(logged).toEqual([["rules want something known of an action", "principal:ann"]]);
  });

  test("reaches the kernel's log where no processes run", () => {
    const { logged, warnings } = setUp(false);
    warnings.tell(of("7"), ["R: mind"]);
    expect(logged).toHaveLength(1);
  });

  test("is told once a second of the same act, and at once of another", async () => {
    const { clock, told, warnings } = setUp();
    for (let n = 0; n < 5; n++) warnings.tell(of("7"), ["R: mind"]);
    expect(told).toHaveLength(1);
    warnings.tell(of("7"), ["S: mind"]);
    warnings.tell(of("8"), ["R: mind"]);
    expect(told).toHaveLength(3);
    await clock.advance(1000);
    warnings.tell(of("7"), ["R: mind"]);
    expect(told).toHaveLength(4);
  });

  test("is told anew when more than 1024 others came between", () => {
    const { told, warnings } = setUp();
    for (let id = 1; id <= 1025; id++) warnings.tell(of(String(id)), ["R: mind"]);
    warnings.tell(of("1"), ["R: mind"]);
    warnings.tell(of("1025"), ["R: mind"]);
    expect(told).toHaveLength(1026);
  });
});
