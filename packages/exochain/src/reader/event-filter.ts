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
  /** First sequence. @defaultValue 0 */
  readonly from?: number | undefined;
  /** Sequence behind the last. @defaultValue what is on disk */
  readonly to?: number | undefined;
}

/** Makes the test of a filter; its glob is compiled once. */
export function filterTest(filter: EventFilter): (event: StoredEvent) => boolean {
  const kind: Glob | undefined = filter.kind === undefined ? undefined : compileGlob(filter.kind);
  return (event) =>
    (kind === undefined || kind.matches(event.kind)) &&
    (filter.source === undefined || event.source === filter.source) &&
    (filter.action === undefined || event.payload?.action === filter.action) &&
    (filter.pid === undefined || event.actor.pid === filter.pid) &&
    (filter.principal === undefined || event.actor.principal === filter.principal);
}
