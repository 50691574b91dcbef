import { fc, test as property } from "@fast-check/vitest";
import type { KernelEvent, LogRecord } from "@weftos/interface";
import { manualClock } from "@weftos/testkit";
import { describe, expect, test } from "vitest";
import { bannerText, bootLine, bootLogText } from "../../../src/log/boot-log.ts";
import { BootTimer, renderBootTree } from "../../../src/log/boot-tree.ts";
import { EventRing } from "../../../src/log/event-ring.ts";
import { LEVELS, parseLogLevels, showLogLevels } from "../../../src/log/log-levels.ts";
import { LogOutput } from "../../../src/log/log-output.ts";

const info = { base: "info", subsystems: new Map() } as const;
const line = (over: Partial<KernelEvent> = {}) =>
  ({ time: 0, phase: "init", level: "info", source: "kernel", message: "m", ...over }) as KernelEvent;

describe("log levels", () => {
  test("are read for all and for single subsystems, and what is not named stays", () => {
    const levels = parseLogLevels("warn, ipc=trace,process=debug", info);
    expect(showLogLevels(levels)).toBe("warn,ipc=trace,process=debug");
    expect(showLogLevels(parseLogLevels("ipc=error", levels))).toBe("warn,ipc=error,process=debug");
    expect(showLogLevels(parseLogLevels("", levels))).toBe("warn,ipc=trace,process=debug");
  });

  test.each(["loud", "ipc=loud", "ipc=debug=trace", "=debug", "i p c=debug"])("refuse %j", (text) => {
    expect(() => parseLogLevels(text, info)).toThrow(expect.objectContaining({ code: "KERNEL_LOG_LEVELS" }));
  });

  property.prop([
    fc.constantFrom(...LEVELS),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.constantFrom(...LEVELS)),
  ])("survive being written and read", (base, subsystems) => {
    const levels = { base, subsystems: new Map(Object.entries(subsystems)) };
    expect(parseLogLevels(showLogLevels(levels), info)).toEqual(levels);
  });
});

describe("the event ring", () => {
  test("counts from 1, keeps the newest 1024 and delivers each", () => {
    const delivered: number[] = [];
    const ring = new EventRing((event) => delivered.push(event.index));
    for (let i = 0; i < 2000; i++) ring.push(line());
    expect(ring.last).toBe(2000);
    expect(delivered).toHaveLength(2000);
    const kept = ring.tail();
    expect([kept.length, kept[0]?.index, kept.at(-1)?.index]).toEqual([1024, 977, 2000]);
  });

  test("gives the newest of a level, and what came after a cursor", () => {
    const ring = new EventRing(() => undefined);
    for (const level of ["info", "warn", "debug", "error", "info"] as const) ring.push(line({ level }));
    expect(ring.tail({ level: "warn" }).map((event) => event.index)).toEqual([2, 4]);
    expect(ring.tail({ level: "warn", limit: 1 }).map((event) => event.index)).toEqual([4]);
    expect(ring.since(3).map((event) => event.index)).toEqual([4, 5]);
    expect(ring.since(5)).toEqual([]);
    expect(ring.since(99)).toEqual([]);
  });
});

describe("the log output", () => {
  const output = () => new LogOutput({ now: () => 1, levels: info });
  const sink = () => {
    const records: LogRecord[] = [];
    let closed = false;
    return {
      records,
      get closed() {
        return closed;
      },
      write: (record: LogRecord) => void records.push(record),
      close: async () => {
        closed = true;
      },
    };
  };

  test("writes nothing and is never enabled without a sink", () => {
    const log = output();
    log.write("ipc", "error", "lost");
    expect(log.logger("ipc").enabled("error")).toBe(false);
  });

  test("opens the sink on the first line after the boot, and writes those that waited", async () => {
    const log = output();
    const to = sink();
    let opened = 0;
    log.useSink(async () => {
      opened++;
      return to;
    });
    log.logger("a").info("early", { n: 1 });
    expect(opened).toBe(0);
    log.start();
    await manualClock().settle();
    log.logger("a").warn("late");
    expect(opened).toBe(1);
    expect(to.records.map((record) => record.message)).toEqual(["early", "late"]);
    await log.close();
    expect(to.closed).toBe(true);
    expect(log.enabled("a", "error")).toBe(false);
  });

  test("keeps a bounded number of waiting lines and says how many were lost", async () => {
    const log = output();
    const to = sink();
    log.useSink(async () => to);
    for (let i = 0; i < 5000; i++) log.write("a", "info", "line");
    log.start();
    await manualClock().settle();
    expect(to.records).toHaveLength(4097);
    expect(to.records.at(-1)).toMatchObject({ level: "warn", fields: { count: 904 } });
  });

  test("goes on without a log when the sink cannot be opened", async () => {
    const log = output();
    log.useSink(() => Promise.reject(new Error("EACCES")));
    log.write("a", "info", "line");
    await log.close();
    expect(log.enabled("a", "error")).toBe(false);
  });

  test("follows levels that change while it runs", () => {
    const log = output();
    const to = sink();
    log.useSink(to);
    const ipc = log.logger("ipc");
    ipc.trace("hidden");
    log.setLevels("ipc=trace");
    ipc.trace("shown");
    log.logger("process").debug("hidden");
    expect(to.records.map((record) => record.message)).toEqual(["shown"]);
    expect(log.levels).toBe("info,ipc=trace");
  });
});

describe("the boot log as text", () => {
  test("pads the tag to ten and leaves debug lines out", () => {
    expect(bootLine(line({ phase: "tree", message: "genesis" }))).toBe("  [TREE      ] genesis");
    expect(bootLogText([line(), line({ level: "debug" }), line({ level: "trace" }), line({ phase: "ready" })])).toBe(
      "  [INIT      ] m\n  [READY     ] m",
    );
  });

  test("has a banner over 45 dashes", () => {
    expect(bannerText("1.2.3")).toBe(`\nWeftOS 1.2.3\n${"-".repeat(45)}`);
  });
});

describe("the boot tree", () => {
  test("times steps within steps and renders them with branches", async () => {
    const clock = manualClock();
    const timer = new BootTimer(() => clock.monotonic());
    await timer.time("create", () => clock.advance(2));
    const start = timer.step("start");
    const inner = start.step("exochain");
    await clock.advance(5);
    inner.end();
    start.step("hung");
    start.end();
    timer.end();
    timer.end();
    expect(renderBootTree(timer.root)).toBe(
      "boot 7.0 ms\n├─ create 2.0 ms\n└─ start 5.0 ms\n   ├─ exochain 5.0 ms\n   └─ hung (did not end)",
    );
  });

  test("ends the step of work that throws", async () => {
    const timer = new BootTimer(() => 0);
    await expect(timer.time("bad", () => Promise.reject(new Error("x")))).rejects.toThrow("x");
    expect(timer.root.steps[0]?.durationMs).toBe(0);
  });
});
