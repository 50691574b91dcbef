/** A journal of records on disk: append-only, each record checked, a torn tail cut and reported at opening. */
export interface AppendLog {
  /** Appends one record; resolves when it is on disk. Calls made together share one fsync and keep their order. */
  append(record: Uint8Array): Promise<void>;
  /** Reads all records in order, those appended before the call. */
  records(): AsyncIterable<Uint8Array>;
  /** Replaces the whole journal atomically by these records; appends wait meanwhile. */
  rewrite(records: Iterable<Uint8Array>): Promise<void>;
  /** Bytes of an incomplete last record that opening cut off; 0 when it was whole. */
  readonly droppedBytes: number;
  /** Waits for running appends and closes the file. */
  close(): Promise<void>;
}
