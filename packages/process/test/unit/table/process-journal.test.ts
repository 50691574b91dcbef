import type { Logger } from "@weftos/interface";
import { memoryPlatform, type TestPlatform } from "@weftos/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JournalEntry } from "../../../src/table/journal-record.ts";
import { ProcessJournal } from "../../../src/table/process-journal.ts";

const DIR = "/state";
const entry = (pid: number, more: Partial<JournalEntry> = {}): JournalEntry => ({
  pid,
  name: `agent-${pid}`,
  parent: 0,
  restarts: 0,
  recovery: undefined,
  ...more,
});

async function journal(platform: TestPlatform, living: () => readonly JournalEntry[] = () => []) {
  const errors: string[] = [];
  const warnings: string[] = [];
  const quiet = (): void => undefined;
  const logger: Logger = {
    trace: quiet,
    debug: quiet,
    info: quiet,
    warn: (message, fields) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
    error: (message) => void errors.push(message),
    enabled: () => true,
  };
  await platform.files.makeFolder(`${DIR}/journal`);
  const made = new ProcessJournal({ logger, living, count: () => living().length });
  const left = await made.open(platform, platform.files, DIR);
  return { journal: made, left, errors, warnings };
}

describe("the journal of processes", () => {
  it("tells after a crash who lived, with what a new start needs", async () => {
    const platform = memoryPlatform();
    const first = await journal(platform);
    expect(first.left).toEqual([]);
    const recovery = { module: "file:///a.ts", options: { restart: { type: "permanent" } } };
    first.journal.started(entry(1, { recovery }), undefined);
    first.journal.started(entry(2, { parent: 1 }), undefined);
    await first.journal.flushed();
    first.journal.ended(2);
    first.journal.started(entry(3), undefined);
    await first.journal.flushed();
    const second = await journal(platform.crash());
    expect(second.left).toEqual([entry(1, { recovery }), entry(3)]);
  });

  it("tells who started it, through restarts and when it was rewritten", async () => {
    const platform = memoryPlatform();
    const { journal: made } = await journal(platform);
    made.started(entry(1, { principal: "bob" }), undefined);
    await made.flushed();
    made.started(entry(2, { principal: "bob", restarts: 1, suspended: true }), 1);
    await made.flushed();
    const { left } = await journal(platform.crash());
    expect(left).toEqual([entry(2, { principal: "bob", restarts: 1, suspended: true })]);
  });

  it("writes nothing for what ends before it was written, and follows an agent through its restarts", async () => {
    const platform = memoryPlatform();
    const { journal: made } = await journal(platform);
    made.started(entry(1), undefined);
    made.ended(1);
    made.started(entry(2), undefined);
    made.started(entry(3, { restarts: 1 }), 2);
    await made.flushed();
    made.started(entry(4, { restarts: 2 }), 3);
    made.started(entry(5, { restarts: 3 }), 4);
    made.started(entry(6), undefined);
    made.ended(6);
    await made.flushed();
    expect((await journal(platform.crash())).left).toEqual([entry(5, { restarts: 3 })]);
  });

  it("says of an agent that it is suspended until it is resumed, and how often it failed lately", async () => {
    const platform = memoryPlatform();
    const { journal: made } = await journal(platform);
    const member = { id: "a", added: false };
    const failures = { times: [5, 7], maxRestarts: 5, withinMs: 60_000, inKernel: true };
    made.started(entry(1, { suspended: true }), undefined);
    made.started(entry(2, { member, suspended: true, failures }), undefined);
    await made.flushed();
    made.started(entry(3, { suspended: true }), 1);
    made.changed(entry(2, { member, failures }));
    await made.flushed();
    expect((await journal(platform.crash())).left).toEqual([
      entry(3, { suspended: true }),
      entry(2, { member, failures }),
    ]);
  });

  it("says that its end was torn, and which PID is the highest that it tells of", async () => {
    const platform = memoryPlatform();
    const { journal: made, warnings: none } = await journal(platform);
    made.started(entry(7), undefined);
    await made.flushed();
    made.ended(7);
    await made.flushed();
    made.started(entry(9), undefined);
    await made.flushed();
    await made.close();
    const file = `${DIR}/journal/processes`;
    const { size = 0 } = (await platform.files.stat(file)) ?? {};
    const whole = await platform.files.read(file, { maxBytes: size });
    await platform.files.writeAtomic(file, whole.subarray(0, size - 3));
    const { journal: second, left, warnings } = await journal(platform);
    expect([left, second.highest, none]).toEqual([[], 7, []]);
    expect(warnings).toEqual([expect.stringMatching(/^the journal of processes had a torn end: .*"bytes":[1-9]/)]);
  });

  it("knows which start one follows although what is known of it changed before that was written", async () => {
    const platform = memoryPlatform();
    const { journal: made } = await journal(platform);
    made.started(entry(1), undefined);
    await made.flushed();
    made.started(entry(2, { restarts: 1 }), 1);
    made.changed(entry(2, { restarts: 1, suspended: true }));
    await made.flushed();
    expect((await journal(platform.crash())).left).toEqual([entry(2, { restarts: 1, suspended: true })]);
  });

  it("takes the place of a start in the file, or ends it, although a change of it was not written yet", async () => {
    const platform = memoryPlatform();
    const { journal: made } = await journal(platform);
    for (const pid of [1, 2]) made.started(entry(pid), undefined);
    await made.flushed();
    for (const pid of [1, 2]) made.changed(entry(pid, { suspended: true }));
    made.started(entry(3, { restarts: 1 }), 1);
    made.ended(2);
    await made.flushed();
    expect((await journal(platform.crash())).left).toEqual([entry(3, { restarts: 1 })]);
  });

  it("keeps whom the last kernel left until it is said what becomes of them", async () => {
    let platform = memoryPlatform();
    const first = await journal(platform);
    first.journal.started(entry(1), undefined);
    first.journal.started(entry(2), undefined);
    await first.journal.flushed();
    platform = platform.crash();
    const second = await journal(platform);
    second.journal.ended(1);
    await second.journal.flushed();
    const third = await journal(platform);
    expect(third.left).toEqual([entry(2)]);
    third.journal.started(entry(1001), 2);
    await third.journal.flushed();
    expect((await journal(platform)).left).toEqual([entry(1001)]);
  });

  it("stays bounded however many come and go", async () => {
    const platform = memoryPlatform();
    const living = [entry(1)];
    const { journal: made } = await journal(platform, () => living);
    made.started(entry(1), undefined);
    for (let pid = 2; pid < 20_000; pid += 1) {
      made.started(entry(pid), undefined);
      if (pid % 100 === 0) await made.flushed();
      made.ended(pid);
    }
    await made.flushed();
    const { size } = (await platform.files.stat(`${DIR}/journal/processes`)) ?? { size: 0 };
    expect(size).toBeLessThan(200_000);
    expect((await journal(platform.crash())).left).toEqual(living);
  });

  it("stays bounded from kernel to kernel, each change written by itself", async () => {
    const platform = memoryPlatform();
    const living = [entry(1)];
    let largest = 0;
    for (let kernel = 0; kernel < 2; kernel += 1) {
      const { journal: made } = await journal(platform, () => living);
      if (kernel === 0) made.started(entry(1), undefined);
      else made.started(entry(1), 1);
      for (let pid = 2; pid < 3000; pid += 1) {
        made.started(entry(pid), undefined);
        await made.flushed();
        made.ended(pid);
        await made.flushed();
      }
      const { size } = (await platform.files.stat(`${DIR}/journal/processes`)) ?? { size: 0 };
      largest = Math.max(largest, size);
      await made.close();
    }
    // Of 12 000 changes at most 4100 stand there, of some 40 bytes each.
    expect(largest).toBeLessThan(4100 * 45);
    expect((await journal(platform.crash())).left).toEqual(living);
  });

  it("says once that the disk fails, and writes everything when it works again", async () => {
    const platform = memoryPlatform();
    const living: JournalEntry[] = [];
    const { journal: made, errors } = await journal(platform, () => living);
    const start = async (pid: number): Promise<void> => {
      living.push(entry(pid));
      made.started(entry(pid), undefined);
      await made.flushed();
    };
    await start(1);
    let failures = 0;
    for (let time = 0; time < 2; time += 1) {
      platform.faults.failNext(({ path }) => {
        const concerned = path.includes("processes");
        if (concerned) failures += 1;
        return concerned;
      }, "ENOSPC");
    }
    await start(2);
    await start(3);
    expect([failures, errors.length]).toEqual([2, 1]);
    await start(4);
    expect((await journal(platform.crash())).left.map(({ pid }) => pid)).toEqual([1, 2, 3, 4]);
  });

  it("refuses a record that it did not write, by name", async () => {
    const platform = memoryPlatform();
    await platform.files.makeFolder(`${DIR}/journal`);
    const log = await platform.openAppendLog(platform.files, `${DIR}/journal/processes`);
    await log.append(new TextEncoder().encode('[["s",1]]'));
    await log.close();
    await expect(journal(platform)).rejects.toMatchObject({
      code: "PROCESS_JOURNAL",
      details: { file: `${DIR}/journal/processes`, record: 0 },
    });
  });

  it("knows after any crash exactly what was flushed before it", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("start" as const) }),
      fc.record({ do: fc.constant("restart" as const), pick: fc.nat(9) }),
      fc.record({ do: fc.constant("end" as const), pick: fc.nat(9) }),
      fc.record({ do: fc.constant("change" as const), pick: fc.nat(9) }),
      fc.record({ do: fc.constant("flush" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const platform = memoryPlatform();
        const living = new Map<number, JournalEntry>();
        const { journal: made } = await journal(platform, () => [...living.values()]);
        let next = 1;
        for (const one of steps) {
          const pids = [...living.keys()];
          const picked = "pick" in one ? pids[one.pick % Math.max(1, pids.length)] : undefined;
          if (one.do === "flush") await made.flushed();
          else if (one.do === "end" && picked !== undefined) {
            living.delete(picked);
            made.ended(picked);
          } else if (one.do === "change" && picked !== undefined) {
            const changed = entry(picked, living.get(picked)?.suspended ? {} : { suspended: true });
            living.set(picked, changed);
            made.changed(changed);
          } else if (one.do === "start" || picked !== undefined) {
            const started = entry(next);
            next += 1;
            if (picked !== undefined) living.delete(picked);
            living.set(started.pid, started);
            made.started(started, picked);
          }
        }
        await made.flushed();
        const { left } = await journal(platform.crash());
        const byPid = (one: JournalEntry, other: JournalEntry): number => one.pid - other.pid;
        expect([...left].sort(byPid)).toEqual([...living.values()].sort(byPid));
      }),
    );
  });
});
