/**
 * Intents without an outcome: actions of level `durable` that were running when the kernel ended. They are never dropped
 * silently: a stop records them before the chain closes, and an opening after a crash finds them between the last boot and
 * the end of the chain. Not for digest records, which have no intent.
 */
import type { AuditEvent, JsonObject, JsonValue } from "@weftos/interface";
import type { StoredEvent } from "../reader/stored-event.ts";
import type { Chain } from "../writer/chain.ts";

/** Kind of the event that tells of an unknown outcome. */
export const UNKNOWN_OUTCOME = "action.unknown";

const INTENT = "action.intent";
const BOOT = "kernel.boot";
const SHUTDOWN = "kernel.shutdown";
const FIRST_WINDOW = 256;

/** What is told of an intent whose outcome is not known. */
export interface OpenIntent {
  readonly intent: number;
  readonly action: string;
  readonly subject: string;
  readonly resource: string;
  /** On whose authority. */
  readonly principal: string | undefined;
}

/** The intents that wait for their outcome; as many as actions run at once. */
export class OpenIntents {
  readonly #open = new Map<number, OpenIntent>();

  /** Looks at an event that was recorded. */
  saw(event: Pick<AuditEvent, "kind" | "actor" | "payload">, sequence: number): void {
    if (event.kind === INTENT) this.#open.set(sequence, openIntent(event, sequence));
    else if (typeof event.payload.intent === "number") this.#open.delete(event.payload.intent);
  }

  list(): readonly OpenIntent[] {
    return [...this.#open.values()];
  }
}

/** Finds the intents of the last run of a kernel that have no outcome. After an orderly shutdown there is nothing to read. */
export async function intentsLeftOpen(chain: Pick<Chain, "range" | "status">): Promise<readonly OpenIntent[]> {
  const { events: end } = chain.status();
  for (let size = FIRST_WINDOW; ; size *= 4) {
    const from = Math.max(0, end - size);
    const found = await lastRun(chain, from, end);
    if (found !== undefined) return found;
    if (from === 0) return [];
  }
}

/** Reads a stretch at the end; undefined when the run began before it. */
async function lastRun(
  chain: Pick<Chain, "range">,
  from: number,
  end: number,
): Promise<readonly OpenIntent[] | undefined> {
  let intents: OpenIntents | undefined = from === 0 ? new OpenIntents() : undefined;
  for await (const event of chain.range(from, end)) {
    if (event.kind === BOOT) intents = new OpenIntents();
    // What was open at a shutdown has been recorded by it.
    else if (event.kind === SHUTDOWN) intents = new OpenIntents();
    else intents?.saw(seen(event), event.sequence);
  }
  return intents?.list();
}

function seen({ kind, actor, payload }: StoredEvent): Pick<AuditEvent, "kind" | "actor" | "payload"> {
  return { kind, actor, payload: payload ?? {} };
}

/** The payload of the event that tells of it. */
export function unknownOutcome({ intent, action, subject, resource }: OpenIntent): JsonObject {
  return { intent, action, subject, resource, outcome: "unknown" };
}

function openIntent({ actor, payload }: Pick<AuditEvent, "actor" | "payload">, intent: number): OpenIntent {
  const text = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "");
  const { action, subject, resource } = payload;
  const { principal } = actor;
  return { intent, action: text(action), subject: text(subject), resource: text(resource), principal };
}
