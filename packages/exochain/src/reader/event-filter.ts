import { compileGlob, type Glob } from "@weftos/schema";
import type { StoredEvent } from "./stored-event.ts";

/** Which events are wanted: all that is named must hold. */
export interface EventFilter {
  /** Glob on dots, such as `agent.*`. */
  readonly kind?: string | undefined;
  readonly source?: string | undefined;
  /** Value of `action` in the payload. */
  readonly action?: string | undefined;
  readonly pid?: number | undefined;
  readonly principal?: string | undefined;
  /** Name of the agent. */
  readonly agent?: string | undefined;
  /** Trace id, 32 hex digits, with or without a dash and the span id behind it. */
  readonly trace?: string | undefined;
  /** Id of the approval that the payload names. */
  readonly approval?: string | undefined;
  /** Sequence of the intent that the payload names as its own. */
  readonly intent?: number | undefined;
  /** Earliest time, milliseconds UTC. */
  readonly since?: number | undefined;
  /** Time behind the latest, milliseconds UTC. */
  readonly until?: number | undefined;
  /** Newest first. @defaultValue false: oldest first */
  readonly newest?: boolean | undefined;
  /** Ends the query with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** First sequence. @defaultValue 0 */
  readonly from?: number | undefined;
  /** Sequence behind the last. @defaultValue what is on disk */
  readonly to?: number | undefined;
}

/** Makes the test of a filter; its glob is compiled once. */
export function filterTest(filter: EventFilter): (event: StoredEvent) => boolean {
  const kind: Glob | undefined = filter.kind === undefined ? undefined : compileGlob(filter.kind);
  const trace = filter.trace?.toLowerCase();
  return (event) =>
    (filter.since === undefined || event.time >= filter.since) &&
    (filter.until === undefined || event.time < filter.until) &&
    (trace === undefined || event.trace === trace || event.trace?.startsWith(`${trace}-`) === true) &&
    (filter.agent === undefined || event.actor.agent === filter.agent) &&
    (filter.approval === undefined || event.payload?.approval === filter.approval) &&
    (filter.intent === undefined || event.payload?.intent === filter.intent) &&
    (kind === undefined || kind.matches(event.kind)) &&
    (filter.source === undefined || event.source === filter.source) &&
    (filter.action === undefined || event.payload?.action === filter.action) &&
    (filter.pid === undefined || event.actor.pid === filter.pid) &&
    (filter.principal === undefined || event.actor.principal === filter.principal);
}
