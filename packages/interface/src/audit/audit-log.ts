import type { Port } from "../feature/port.ts";
import type { JsonObject } from "../schema/json-value.ts";

/** Who stands behind an event. */
export interface Actor {
  readonly principal?: string | undefined;
  readonly pid?: number | undefined;
  /** Name of the agent. */
  readonly agent?: string | undefined;
}

/** What happened. Numbers in the payload are safe integers (write 0.25 as `"0.25"`); no secret may be in it. */
export interface AuditEvent {
  /** The subsystem that speaks, such as `process`. */
  readonly source: string;
  /** `noun.verb`, declared by a feature. */
  readonly kind: string;
  readonly actor: Actor;
  readonly payload: JsonObject;
  /** W3C `traceparent` without its version: 32 hex trace id, a dash, 16 hex span id. */
  readonly trace?: string | undefined;
  /** The same key is never recorded twice: the receipt is that of the first. At most 128 characters. */
  readonly idempotencyKey?: string | undefined;
}

/** What an append gives at once, before the disk has it. */
export interface AuditReceipt {
  readonly sequence: number;
  /** SHAKE-256/256 of the stored event. */
  readonly hash: Uint8Array;
  /** Resolves when the event would survive a crash; rejects when it cannot be written. May be ignored without harm. */
  readonly durable: Promise<void>;
}

/** One small act, of which millions happen: a message, a file read. */
export interface DigestRecord {
  readonly action: string;
  /** PID of the actor. */
  readonly actor: number;
  /** PID of the target, or the name of what has none; a name is stored as the first 40 bits of its hash. */
  readonly target: number | string;
  readonly outcome: "ok" | "failed" | "denied";
  readonly bytes: number;
  /** Milliseconds UTC. */
  readonly time: number;
}

/**
 * Records what happened, for good. Never gated.
 *
 * *When called*: by the guard around every action, and by features for facts that no action covers. *Errors*: `append` throws
 * `CHAIN_NOT_WRITABLE` while the disk fails and `CHAIN_QUEUE_FULL` (retryable) over its bound; `digest` throws the same.
 * *Ordering*: sequences follow the order of the calls. *Rules*: an event is whole or absent; a `durable` that resolved
 * survives `kill -9`.
 */
export interface AuditLog {
  append(event: AuditEvent): AuditReceipt;
  digest(record: DigestRecord): void;
  /**
   * Resolves at once, or when the queue has room again: backpressure for those who append much. Rejects, as `append` throws,
   * while nothing can be recorded: who must not act unrecorded asks first.
   */
  ready(): Promise<void>;
  /** Whether records outlive the process. */
  readonly persistent: boolean;
  /** Code of the error that keeps it from recording, such as `ENOSPC`; undefined while it records. */
  readonly failure?: string | undefined;
  /**
   * The log that this one succeeds, when that one was damaged and set aside; undefined otherwise. What was recorded there is
   * not here: who keeps a reference into the log beside it records again what must be in it.
   */
  readonly continues?: { readonly chain: string; readonly size: number; readonly head: string } | undefined;
}

/** A kind of event and what its payload holds, for `docs/events.md`. */
export interface EventKind {
  readonly kind: string;
  readonly description: string;
  /** Name → meaning of each field of the payload. */
  readonly payload: Readonly<Record<string, string>>;
}

export const auditLog: Port<AuditLog, "one"> = { name: "AuditLog", arity: "one" };
