/**
 * The audit log of a kernel to which no feature gives one: the newest events in memory, digests only counted. It proves
 * nothing and is gone with the program; the boot log says so.
 */
import type { AuditEvent, AuditLog, AuditReader, AuditReceipt, DigestRecord } from "@weftos/interface";
import { compileGlob } from "@weftos/schema";

/** The most events that are kept. */
export const MAX_MEMORY_EVENTS = 4096;

/** An event with its place in the order. */
export interface MemoryAuditEvent extends AuditEvent {
  readonly sequence: number;
  /** Milliseconds UTC. */
  readonly time: number;
}

/** What a host can read of it. */
export interface MemoryAudit {
  /** The newest events, oldest first. */
  tail(count?: number): readonly MemoryAuditEvent[];
  /** How many digests there were, by outcome. */
  digests(): Readonly<Record<DigestRecord["outcome"], number>>;
}

interface MemoryAuditInit {
  readonly now: () => number;
  /** SHAKE-256 with 32 bytes of output. */
  readonly hash: (data: Uint8Array) => Uint8Array;
  readonly limit?: number | undefined;
}

/** Makes an audit log in memory. */
export function memoryAudit(init: MemoryAuditInit): AuditLog & AuditReader & MemoryAudit {
  const limit = init.limit ?? MAX_MEMORY_EVENTS;
  const encoder = new TextEncoder();
  const events: { readonly event: MemoryAuditEvent; readonly receipt: AuditReceipt }[] = [];
  const byKey = new Map<string, AuditReceipt>();
  const counts = { ok: 0, failed: 0, denied: 0 };
  let sequence = 0;
  return {
    persistent: false,
    ready: () => Promise.resolve(),
    append(event) {
      const known = event.idempotencyKey === undefined ? undefined : byKey.get(event.idempotencyKey);
      if (known !== undefined) return known;
      // The caller may go on to change what it gave: the text is what was recorded.
      const text = JSON.stringify({ ...event, sequence: sequence++, time: init.now() });
      const stored = JSON.parse(text) as MemoryAuditEvent;
      const hash = init.hash(encoder.encode(text));
      const receipt: AuditReceipt = { sequence: stored.sequence, hash, durable: Promise.resolve() };
      events.push({ event: stored, receipt });
      if (event.idempotencyKey !== undefined) byKey.set(event.idempotencyKey, receipt);
      if (events.length > limit) {
        const gone = events.shift()?.event.idempotencyKey;
        if (gone !== undefined) byKey.delete(gone);
      }
      return receipt;
    },
    digest(record) {
      counts[record.outcome]++;
    },
    async *events({ kind, from = 0, since = 0, signal } = {}) {
      const glob = kind === undefined ? undefined : compileGlob(kind);
      for (const { event } of [...events]) {
        signal?.throwIfAborted();
        if (event.sequence >= from && event.time >= since && glob?.matches(event.kind) !== false) yield event;
      }
    },
    tail: (count = limit) => (count <= 0 ? [] : events.slice(-count).map(({ event }) => event)),
    digests: () => ({ ...counts }),
  };
}
