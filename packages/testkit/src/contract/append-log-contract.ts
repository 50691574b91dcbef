/** What every `AppendLog` keeps to. */
import type { AppendLog } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A place for one journal. */
export interface AppendLogCase {
  /** Opens the journal, the same one each time; the largest record is 1000 bytes. */
  open(): Promise<AppendLog>;
  /** Cuts `bytes` off the end of the journal's file while it is closed, as a crash may. */
  cut(bytes: number): Promise<void>;
  /** Changes one byte of the file, counted from its start, while it is closed. */
  damage(offset: number): Promise<void>;
  /** Bytes of the journal's file. */
  size(): Promise<number>;
  dispose(): Promise<void>;
}

const record = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Declares the suite for one implementation of `AppendLog`. */
export function appendLogContract(name: string, implementation: { create(): Promise<AppendLogCase> }): void {
  describe(`${name} keeps the contract of AppendLog`, () => {
    let subject: AppendLogCase;
    const open: AppendLog[] = [];
    const opened = async (): Promise<AppendLog> => {
      const log = await subject.open();
      open.push(log);
      return log;
    };
    const texts = async (log: AppendLog): Promise<string[]> => {
      const found: string[] = [];
      for await (const bytes of log.records()) found.push(new TextDecoder().decode(bytes));
      return found;
    };
    const written = async (...records: readonly string[]): Promise<void> => {
      const log = await opened();
      for (const text of records) await log.append(record(text));
      await log.close();
    };

    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(async () => {
      for (const log of open.splice(0)) await log.close();
      await subject.dispose();
    });

    it("is empty and whole when it is new", async () => {
      const log = await opened();
      expect(await texts(log)).toEqual([]);
      expect(log.droppedBytes).toBe(0);
    });

    it("gives records back in the order of the calls, those of other openings first", async () => {
      await written("one", "two");
      const log = await opened();
      await Promise.all(["three", "", "five"].map((text) => log.append(record(text))));
      expect(await texts(log)).toEqual(["one", "two", "three", "", "five"]);
    });

    it("reads records whose append was called before, waited for or not", async () => {
      const log = await opened();
      const appended = log.append(record("one"));
      expect(await texts(log)).toEqual(["one"]);
      await appended;
    });

    it("keeps a record as it was when it was appended", async () => {
      const log = await opened();
      const bytes = record("one");
      const appended = log.append(bytes);
      bytes.fill(0);
      await appended;
      expect(await texts(log)).toEqual(["one"]);
    });

    it("refuses a record above the limit and takes one at it", async () => {
      const log = await opened();
      await log.append(new Uint8Array(1000));
      await expect(log.append(new Uint8Array(1001))).rejects.toMatchObject({ code: "KERNEL_JOURNAL_RECORD_TOO_LARGE" });
      await expect(log.rewrite([new Uint8Array(1001)])).rejects.toMatchObject({
        code: "KERNEL_JOURNAL_RECORD_TOO_LARGE",
      });
      expect(await texts(log)).toHaveLength(1);
    });

    it("replaces all records at once and goes on behind them", async () => {
      const log = await opened();
      await log.append(record("old"));
      await log.rewrite([record("a"), record("b")]);
      await log.append(record("c"));
      expect(await texts(log)).toEqual(["a", "b", "c"]);
      await log.close();
      expect(await texts(await opened())).toEqual(["a", "b", "c"]);
    });

    it("puts calls around a rewrite on their side of it", async () => {
      const log = await opened();
      const calls = [log.append(record("before")), log.rewrite([record("new")]), log.append(record("after"))];
      await Promise.all(calls);
      expect(await texts(log)).toEqual(["new", "after"]);
    });

    it("waits for running appends when it closes, and refuses later calls", async () => {
      const log = await opened();
      const appended = log.append(record("one"));
      await log.close();
      await appended;
      await log.close();
      await expect(log.append(record("two"))).rejects.toMatchObject({ code: "KERNEL_JOURNAL_CLOSED" });
      await expect(log.rewrite([])).rejects.toMatchObject({ code: "KERNEL_JOURNAL_CLOSED" });
      await expect(texts(log)).rejects.toMatchObject({ code: "KERNEL_JOURNAL_CLOSED" });
      expect(await texts(await opened())).toEqual(["one"]);
    });

    it("cuts an incomplete last record at opening, tells how much, and goes on", async () => {
      await written("one", "two");
      await subject.cut(1);
      const log = await opened();
      expect(log.droppedBytes).toBeGreaterThan(0);
      await log.append(record("three"));
      expect(await texts(log)).toEqual(["one", "three"]);
      await log.close();
      expect((await opened()).droppedBytes).toBe(0);
    });

    it("stops at a damaged record with others behind it, and says where it is", async () => {
      await written("one");
      const offset = await subject.size();
      await written("two", "three");
      const end = await subject.size();
      for (let at = offset; at < end - "three".length - 12; at += 1) {
        await subject.damage(at);
        await expect(subject.open(), `byte ${at}`).rejects.toMatchObject({
          code: "KERNEL_JOURNAL_DAMAGED",
          details: { offset },
        });
        await subject.damage(at);
      }
      expect(await texts(await opened())).toEqual(["one", "two", "three"]);
    });

    it("stops at a damaged header", async () => {
      await written("one");
      await subject.damage(0);
      await expect(subject.open()).rejects.toMatchObject({ code: "KERNEL_JOURNAL_DAMAGED", details: { offset: 0 } });
    });
  });
}
