// What the index of queries must know of an event that waits for the disk.
import type { AuditEvent } from "@weftos/interface";
import type { Indexable } from "./term.ts";

/** An event with its place within the batch that writes it. */
export interface EventMark {
  readonly sequence: number;
  readonly event: Indexable;
  readonly time: number;
  readonly hash: Uint8Array;
  /** Number of its pair of segments in the batch. */
  readonly pair: number;
  /** Offset in the segment of events. */
  readonly eventAt: number;
  /** Offset in the segment of content; undefined without a payload. */
  readonly contentAt: number | undefined;
}

/** Copies what is indexed: the caller may change its event after the append. */
export function indexableOf({ source, kind, actor, trace, payload }: AuditEvent): Indexable {
  const { action, approval, intent } = payload;
  // No spread: this is done for every append.
  const indexed: { action?: string; approval?: string; intent?: number } = {};
  if (typeof action === "string") indexed.action = action;
  if (typeof approval === "string") indexed.approval = approval;
  if (typeof intent === "number") indexed.intent = intent;
  const { pid, principal, agent } = actor;
  return { source, kind, actor: { pid, principal, agent }, trace, payload: indexed };
}
