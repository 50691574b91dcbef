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
  /** Why a file of leaves could not be read at all. */
  readonly defects: readonly { readonly path: string; readonly reason: string }[];

  private constructor(files: readonly LeavesFile[], defects: readonly { path: string; reason: string }[]) {
    this.#files = files;
    this.defects = defects;
  }

  static async open(source: ChainSource): Promise<LeavesCheck> {
    const files: LeavesFile[] = [];
    const defects: { path: string; reason: string }[] = [];
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
        defects.push({ path, reason: "expected the header of a file of leaves" });
      } else
        files.push({ path, file, first, end: first + Math.floor((file.size - LEAVES_HEADER_BYTES) / RECORD_BYTES) });
    }
    return new LeavesCheck(files, defects);
  }

  /** Checks the leaves of a batch. @returns `ok`, `missing` when no file holds them, or where and why they are wrong */
  async check(
    batch: DigestBatch,
  ): Promise<"ok" | "missing" | { readonly path: string; readonly offset: number; readonly reason: string }> {
    const holder = this.#files.find((file) => file.first <= batch.first && batch.first + batch.count <= file.end);
    if (holder === undefined) {
      const short = this.#files.find((file) => file.first <= batch.first && batch.first < file.end);
      if (short === undefined) return "missing";
      return {
        path: short.path,
        offset: LEAVES_HEADER_BYTES + (batch.first - short.first) * RECORD_BYTES,
        reason: "the leaves of a batch are cut",
      };
    }
    const offset = LEAVES_HEADER_BYTES + (batch.first - holder.first) * RECORD_BYTES;
    const records = await holder.file.read(offset, batch.count * RECORD_BYTES);
    const found = summariseBatch(batch.first, records, batch.actions);
    if (found === undefined) return { path: holder.path, offset, reason: "a leaf is no record of this batch" };
    if (JSON.stringify(batchPayload(found)) !== JSON.stringify(batchPayload(batch))) {
      return {
        path: holder.path,
        offset,
        reason: `the leaves give root ${found.root}, the chain holds ${batch.root}, or other counts`,
      };
    }
    return "ok";
  }

  async close(): Promise<void> {
    for (const { file } of this.#files) await file.close();
  }
}
