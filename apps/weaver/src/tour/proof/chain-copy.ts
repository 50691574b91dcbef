/** Copies of a closed chain, as somebody who wants to change history would make them. The original is only read. */
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

const HEADER_BYTES = 64;
const CHECKPOINT_SEGMENT = 0xf1;

/** What of a state directory an outsider is given: events, content, digest records; no key. */
export async function copyChain(dir: string, copy: string): Promise<void> {
  await mkdir(join(copy, "journal"), { recursive: true });
  await cp(join(dir, "chain"), join(copy, "chain"), { recursive: true });
  for (const name of await readdir(join(dir, "journal"))) {
    if (name.startsWith("leaves")) await cp(join(dir, "journal", name), join(copy, "journal", name));
  }
}

/** One byte that was changed. */
export interface FlippedByte {
  /** Path below the state directory. */
  readonly file: string;
  readonly offset: number;
  readonly before: string;
  readonly after: string;
}

/**
 * Changes the last place where the chain's content says `text` by one bit of its last byte: `GOV-001` becomes `GOV-000`.
 *
 * @returns undefined when no content says so
 */
export async function flipByte(copy: string, text: string): Promise<FlippedByte | undefined> {
  const names = (await readdir(join(copy, "chain", "content"))).sort().reverse();
  for (const name of names) {
    const file = `chain/content/${name}`;
    const data = await readFile(join(copy, file));
    const at = data.lastIndexOf(text);
    if (at === -1) continue;
    const offset = at + Buffer.byteLength(text) - 1;
    data.writeUInt8(data.readUInt8(offset) ^ 1, offset);
    await writeFile(join(copy, file), data);
    return { file, offset, before: text, after: data.toString("utf8", at, offset + 1) };
  }
  return undefined;
}

/**
 * Cuts off everything behind an earlier checkpoint, with care: what is left ends in a checkpoint that was really signed, and
 * nothing in the copy tells that there was more.
 *
 * @param size - events that the checkpoint covers
 * @param note - the checkpoint as it was signed
 */
export async function cutTail(copy: string, size: number, note: string): Promise<void> {
  const events = join(copy, "chain");
  const content = join(events, "content");
  for (const name of await eventFiles(events)) {
    if (firstOf(name) < size) continue;
    await rm(join(events, name));
    await rm(join(content, name), { force: true });
  }
  const last = (await eventFiles(events)).at(-1);
  if (last === undefined) return;
  const checkpoint = segmentsOf(await readFile(join(events, last))).find(
    ({ type, id }) => type === CHECKPOINT_SEGMENT && id === size,
  );
  if (checkpoint !== undefined) await truncate(join(events, last), checkpoint.end);
  const later = segmentsOf(await readFile(join(content, last))).find(({ id }) => id >= size);
  if (later !== undefined) await truncate(join(content, last), later.start);
  await writeFile(join(events, "checkpoint"), note);
}

async function eventFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(".rvf")).sort();
}

function firstOf(name: string): number {
  return Number(name.slice(0, -".rvf".length));
}

interface Segment {
  readonly type: number;
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** Walks the segments of a chain file: docs/formats/exochain-v2.md, section 3. */
function segmentsOf(data: Buffer): readonly Segment[] {
  const segments: Segment[] = [];
  for (let start = 0; start + HEADER_BYTES <= data.length; ) {
    const payload = Number(data.readBigUInt64LE(start + 0x10));
    const end = start + HEADER_BYTES + payload + data.readUInt32LE(start + 0x3c);
    segments.push({ type: data.readUInt8(start + 5), id: Number(data.readBigUInt64LE(start + 8)), start, end });
    start = end;
  }
  return segments;
}
