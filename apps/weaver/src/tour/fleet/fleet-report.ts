/** What the coordinator tells the tour while it works, and what has been counted so far. */

/** A file or folder that could not be read. */
export interface Unreadable {
  readonly path: string;
  /** Code of the system or of the refusal. */
  readonly code: string;
}

/** Sums over the files that were accepted. */
export interface FleetCounts {
  /** Files that the scan found: those counted and those listed as unreadable. */
  readonly found: number;
  readonly files: number;
  readonly bytes: number;
  readonly words: number;
  /** Files, and folders whose content nobody knows. */
  readonly unreadable: readonly Unreadable[];
  /** How many of them are files. */
  readonly unreadableFiles: number;
  /** The smallest file with content. */
  readonly smallest: { readonly path: string; readonly bytes: number } | undefined;
}

/** Follows the fleet. The coordinator waits for what these return: the tour sets its pace, and no queue grows meanwhile. */
export interface FleetObserver {
  started(members: { readonly indexer: number }): void;
  /** A result was accepted, or a file was listed as unreadable. */
  progressed(done: number, found: number): Promise<void>;
  /**
   * A reader asks for its next file; `accepted`: results taken from this process so far; `holds`: whether the next file is
   * lent to it by now.
   *
   * @returns `killed` when the tour has ended the process: it gets no answer
   */
  asked(reader: {
    readonly pid: number;
    readonly accepted: number;
    readonly holds: boolean;
  }): Promise<"alive" | "killed">;
  /** A reader that was started again has asked for the first time. */
  returned(reader: { readonly before: number; readonly pid: number }): Promise<void>;
  /** All files are counted or listed. */
  finished(counts: FleetCounts): void;
  /** The work cannot come to its end, for a reason in one sentence. */
  abandoned(reason: string): void;
}
