// Durable appends by one and by 64 writers, against SQLite and against a bare write with fdatasync, on the same disk.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openChain } from "../../packages/exochain/src/index.ts";
import { eventAt, perSecond, platform, report } from "./source-chain.ts";

const WRITERS = 64;
const EACH = 400;
const ALONE = 500;
const WARM_UP = 300;
const folder = mkdtempSync(join(tmpdir(), "weftos-bench-"));

async function chainOf(writers: number, each: number): Promise<number> {
  const chain = await openChain({ ...platform, dir: join(folder, `chain-${writers}`) });
  const append = async (count: number): Promise<void> => {
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let n = 0; n < count; n++) await chain.append(eventAt(writer * count + n)).durable;
      }),
    );
  };
  // What is measured runs for months: it is compiled before it is timed, as SQLite is.
  await append(WARM_UP);
  const started = performance.now();
  await append(each);
  const rate = perSecond(writers * each, started);
  await chain.close();
  return rate;
}

function sqlite(perTransaction: number, count: number): number {
  const database = new DatabaseSync(join(folder, `rival-${perTransaction}.db`));
  database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
  database.exec("CREATE TABLE events (sequence INTEGER PRIMARY KEY, kind TEXT, body TEXT)");
  const insert = database.prepare("INSERT INTO events (kind, body) VALUES (?, ?)");
  const started = performance.now();
  for (let n = 0; n < count; n += perTransaction) {
    if (perTransaction > 1) database.exec("BEGIN");
    for (let i = n; i < n + perTransaction; i++) {
      const event = eventAt(i);
      insert.run(event.kind, JSON.stringify(event));
    }
    if (perTransaction > 1) database.exec("COMMIT");
  }
  const rate = perSecond(count, started);
  database.close();
  return rate;
}

function bareSync(count: number): number {
  const file = openSync(join(folder, "bare"), "a");
  const bytes = Buffer.alloc(512, 7);
  const started = performance.now();
  for (let n = 0; n < count; n++) {
    writeSync(file, bytes);
    fdatasyncSync(file);
  }
  const rate = perSecond(count, started);
  closeSync(file);
  return rate;
}

try {
  const alone = await chainOf(1, ALONE);
  const sync = bareSync(ALONE);
  const many = await chainOf(WRITERS, EACH);
  report({ alone, sync, many, sqliteOne: sqlite(1, ALONE), sqliteBatch: sqlite(WRITERS, WRITERS * EACH) });
} finally {
  rmSync(folder, { recursive: true });
}
