import type { JsonValue } from "@weftos/interface";
import type { StoredEvent } from "./stored-event.ts";

/** Gives an event as JSON, for methods and exports. */
export function eventJson(event: StoredEvent): { readonly [key: string]: JsonValue } {
  const { actor } = event;
  return {
    sequence: event.sequence,
    time: event.time,
    source: event.source,
    kind: event.kind,
    actor: { node: actor.node, principal: actor.principal ?? null, pid: actor.pid ?? null, agent: actor.agent ?? null },
    trace: event.trace ?? null,
    idempotencyKey: event.idempotencyKey ?? null,
    payload: event.payload ?? null,
    redacted: event.redacted,
    hash: event.hash,
    previous: event.previous,
  };
}
