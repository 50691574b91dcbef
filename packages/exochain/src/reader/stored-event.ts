import { decodeCanonical, toHex } from "@weftos/crypto";
import type { JsonObject } from "@weftos/interface";
import { type ContentRecord, isRedacted } from "../format/content-record.ts";
import type { EventFields } from "../format/event-record.ts";

/** An event as it is read back. */
export interface StoredEvent {
  readonly sequence: number;
  /** Event hash, lower-case hex. */
  readonly hash: string;
  /** Hash of the event before, lower-case hex. */
  readonly previous: string;
  /** Milliseconds UTC. */
  readonly time: number;
  readonly source: string;
  readonly kind: string;
  readonly actor: {
    /** Node id, lower-case hex. */
    readonly node: string;
    readonly principal: string | undefined;
    readonly pid: number | undefined;
    readonly agent: string | undefined;
  };
  readonly trace: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** Undefined when the event has none, or when it was redacted. */
  readonly payload: JsonObject | undefined;
  readonly redacted: boolean;
}

/** Makes the form for readers of what was stored. */
export function storedEvent(
  event: EventFields,
  hash: Uint8Array,
  record: ContentRecord | undefined,
  hidden = false,
): StoredEvent {
  const redacted = record !== undefined && (hidden || isRedacted(record));
  const trace = event.trace === null ? undefined : toHex(event.trace);
  return {
    sequence: event.sequence,
    hash: toHex(hash),
    previous: toHex(event.previous),
    time: event.time,
    source: event.source,
    kind: event.kind,
    actor: {
      node: toHex(event.node),
      principal: event.principal ?? undefined,
      pid: event.pid ?? undefined,
      agent: event.agent ?? undefined,
    },
    trace: trace === undefined ? undefined : `${trace.slice(0, 32)}-${trace.slice(32)}`,
    idempotencyKey: event.key ?? undefined,
    payload: record === undefined || redacted ? undefined : (decodeCanonical(record.content) as JsonObject),
    redacted,
  };
}
