import { isWeftError } from "@weftos/interface";
import { EventFormError } from "../format/event-record.ts";

/** What is wrong with a chain; each is explained in `docs/formats/exochain-v2.md`, §12. */
export type FaultCode =
  | "CHAIN_SEGMENT"
  | "CHAIN_EVENT"
  | "CHAIN_LINK"
  | "CHAIN_TIME"
  | "CHAIN_CONTENT"
  | "CHAIN_GENESIS"
  | "CHAIN_CHECKPOINT"
  | "CHAIN_SIGNATURE"
  | "CHAIN_DIGEST"
  | "CHAIN_TREE"
  | "CHAIN_TRUNCATED"
  | "CHAIN_PIN"
  | "CHAIN_UNKNOWN"
  | "CHAIN_TORN";

/** One thing wrong, and where. */
export interface Fault {
  readonly code: FaultCode;
  /** Path below the state directory; empty when no file is meant. */
  readonly file: string;
  /** Byte offset in the file. */
  readonly offset: number;
  /** Sequence of the event that is wrong, or of the next one that was expected. */
  readonly sequence: number;
  /** One sentence for a person. */
  readonly reason: string;
}

const MAX_FAULTS_KEPT = 100;

/** Ends a walk at its first fault. */
export class StopWalk extends Error {}

/** Keeps the first faults and counts all. */
export class FaultLog {
  readonly kept: Fault[] = [];
  count = 0;
  readonly #stopAtFirst: boolean;

  constructor(stopAtFirst: boolean) {
    this.#stopAtFirst = stopAtFirst;
  }

  /** @throws StopWalk when the first fault ends the walk */
  add(code: FaultCode, file: string, offset: number, reason: string, sequence: number): void {
    this.count += 1;
    if (this.kept.length < MAX_FAULTS_KEPT) this.kept.push({ code, file, offset, sequence, reason });
    if (this.#stopAtFirst) throw new StopWalk();
  }
}

/** Gives why bytes break the form of an event or a record. @throws what is no such error */
export function formFault(error: unknown): string {
  if (error instanceof EventFormError || isWeftError(error)) return error.message;
  throw error;
}
