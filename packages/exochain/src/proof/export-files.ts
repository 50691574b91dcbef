// The chain as it is: a copy of its files that verifies by itself, taken while the writer goes on. And as lines of JSON.
import type { Files } from "@weftos/interface";
import { ACKED_FILE_BYTES, encodeSlot } from "../format/acked-slot.ts";
import {
  ACKED_FILE,
  CHAIN_FOLDER,
  CHECKPOINT_FILE,
  contentPath,
  eventPath,
  LEAVES_FILE,
  OLD_LEAVES_FILE,
  parsePairName,
} from "../format/file-names.ts";
import { eventJson } from "../reader/event-json.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import type { ChainState } from "../verify/chain-state.ts";
import type { ExportTarget } from "./export-target.ts";

const COPY_BYTES = 1_048_576;
const LINES_BYTES = 65_536;

/** Copies the files as far as a state of the chain goes. */
export async function exportFiles(
  target: ExportTarget,
  files: Files,
  dir: string,
  state: Readonly<ChainState>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const copy = async (path: string, limit = Number.MAX_SAFE_INTEGER): Promise<void> => {
    if (limit === 0 || (await files.stat(`${dir}/${path}`))?.kind !== "file") return;
    await target.write(path, partsOf(files, `${dir}/${path}`, limit, signal));
  };
  for (const { name } of await files.list(`${dir}/${CHAIN_FOLDER}`)) {
    const first = parsePairName(name);
    if (first === undefined || first > state.first) continue;
    const current = first === state.first;
    await copy(eventPath(first), current ? state.eventBytes : undefined);
    await copy(contentPath(first), current ? state.contentBytes : undefined);
  }
  await copy(OLD_LEAVES_FILE);
  await copy(LEAVES_FILE);
  const { size: events, first, eventBytes, contentBytes, head } = state;
  const slots = new Uint8Array(ACKED_FILE_BYTES);
  slots.set(encodeSlot({ counter: 0, events, first, eventBytes, contentBytes, head }));
  await target.write(ACKED_FILE, [slots]);
  if (state.checkpointNote !== undefined) await target.write(CHECKPOINT_FILE, [state.checkpointNote]);
}

async function* partsOf(
  files: Files,
  path: string,
  limit: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await files.openRead(path);
  try {
    const size = Math.min(file.size, limit);
    for (let at = 0; at < size; ) {
      signal?.throwIfAborted();
      const bytes = await file.read(at, Math.min(COPY_BYTES, size - at));
      if (bytes.length === 0) return;
      at += bytes.length;
      yield bytes;
    }
  } finally {
    await file.close();
  }
}

/** Writes every event with its payload as one line of JSON. */
export async function exportLines(
  target: ExportTarget,
  events: AsyncIterable<StoredEvent>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await target.write("", linesOf(events, signal));
}

async function* linesOf(
  events: AsyncIterable<StoredEvent>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const utf8 = new TextEncoder();
  let lines = "";
  for await (const event of events) {
    signal?.throwIfAborted();
    lines += `${JSON.stringify(eventJson(event))}\n`;
    if (lines.length < LINES_BYTES) continue;
    yield utf8.encode(lines);
    lines = "";
  }
  if (lines !== "") yield utf8.encode(lines);
}
