// Whether the digest records on disk are those that the chain committed to. Leaves that were dropped on purpose are
// missing without fault, if an event says so.
import {
  batchPayload,
  type DigestBatch,
  LEAVES_HEADER_BYTES,
  parseLeavesHeader,
  RECORD_BYTES,
  summariseBatch,
} from "../format/digest-record.ts";
import { LEAVES_FILE, OLD_LEAVES_FILE } from "../format/file-names.ts";
import type { ChainSource, SourceFile } from "./chain-source.ts";
import type { Fault } from "./fault.ts";

interface LeavesFile {
  readonly path: string;
  readonly file: SourceFile;
  readonly first: number;
  /** Number behind its last whole record. */
  readonly end: number;
}

/** Reads leaves by number. */
export class LeavesCheck {
  readonly #files: readonly LeavesFile[];
  /** Files of leaves that could not be read at all. */
  readonly defects: readonly Fault[];
  /** The last batch whose leaves are not there, which a later event may have said. */
  #missing: { readonly until: number; readonly fault: Fault } | undefined;

  private constructor(files: readonly LeavesFile[], defects: readonly Fault[]) {
    this.#files = files;
    this.defects = defects;
  }

  static async open(source: ChainSource): Promise<LeavesCheck> {
    const files: LeavesFile[] = [];
    const defects: Fault[] = [];
    for (const path of [OLD_LEAVES_FILE, LEAVES_FILE]) {
      const file = await source.open(path);
      if (file === undefined) continue;
      if (file.size < LEAVES_HEADER_BYTES) {
        // A file that a crash kept from its first record; what a batch misses in it is told with the batch.
        await file.close();
        continue;
      }
      const first = parseLeavesHeader(await file.read(0, LEAVES_HEADER_BYTES));
      if (first === undefined) {
        await file.close();
        defects.push(faultAt(path, 0, 0, "expected the header of a file of leaves"));
      } else
        files.push({ path, file, first, end: first + Math.floor((file.size - LEAVES_HEADER_BYTES) / RECORD_BYTES) });
    }
    return new LeavesCheck(files, defects);
  }

  /** Checks the leaves of a batch. @param sequence - of the event that commits to it @returns what is wrong with them */
  async check(batch: DigestBatch, sequence: number): Promise<Fault | undefined> {
    const holder = this.#files.find((file) => file.first <= batch.first && batch.first + batch.count <= file.end);
    if (holder === undefined) {
      const short = this.#files.find((file) => file.first <= batch.first && batch.first < file.end);
      if (short === undefined) {
        const fault = faultAt(LEAVES_FILE, 0, sequence, "the leaves of a digest batch are missing");
        this.#missing = { until: batch.first + batch.count, fault };
        return undefined;
      }
      const cut = LEAVES_HEADER_BYTES + (batch.first - short.first) * RECORD_BYTES;
      return faultAt(short.path, cut, sequence, "the leaves of a batch are cut");
    }
    const offset = LEAVES_HEADER_BYTES + (batch.first - holder.first) * RECORD_BYTES;
    const records = await holder.file.read(offset, batch.count * RECORD_BYTES);
    const found = summariseBatch(batch.first, records, batch.actions);
    if (found === undefined) return faultAt(holder.path, offset, sequence, "a leaf is no record of this batch");
    if (JSON.stringify(batchPayload(found)) === JSON.stringify(batchPayload(batch))) return undefined;
    const reason = `the leaves give root ${found.root}, the chain holds ${batch.root}, or other counts`;
    return faultAt(holder.path, offset, sequence, reason);
  }

  /** Gives what is wrong when leaves are missing that no event dropped. @param dropped - number below which they were */
  missingFrom(dropped: number): Fault | undefined {
    const missing = this.#missing;
    return missing !== undefined && missing.until > dropped ? missing.fault : undefined;
  }

  async close(): Promise<void> {
    for (const { file } of this.#files) await file.close();
  }
}

function faultAt(file: string, offset: number, sequence: number, reason: string): Fault {
  return { code: "CHAIN_DIGEST", file, offset, sequence, reason };
}
