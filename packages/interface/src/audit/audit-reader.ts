import type { Port } from "../feature/port.ts";
import type { JsonObject } from "../schema/json-value.ts";
import type { Actor } from "./audit-log.ts";

/** An event as it is read back. */
export interface RecordedEvent {
  readonly sequence: number;
  /** Milliseconds UTC. */
  readonly time: number;
  readonly source: string;
  readonly kind: string;
  readonly actor: Actor;
  /** Undefined when it was redacted. */
  readonly payload: JsonObject | undefined;
}

/** Which events are wanted: all that is named must hold. */
export interface RecordedFilter {
  /** Glob on dots, such as `governance.*`. */
  readonly kind?: string | undefined;
  /** First sequence. @defaultValue the oldest that is kept */
  readonly from?: number | undefined;
  /** Earliest time, milliseconds UTC. */
  readonly since?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads back what an audit log recorded.
 *
 * *When called*: by reviews and replays, never on the way of an action. *Errors*: the signal's reason, and those of the disk.
 * *Ordering*: ascending sequences. *Rules*: gives all that was recorded before the call, and ends.
 */
export interface AuditReader {
  events(filter?: RecordedFilter): AsyncIterable<RecordedEvent>;
}

export const auditReader: Port<AuditReader, "one"> = { name: "AuditReader", arity: "one" };
