// Reading the chain over the method table: the last events, what comes after, and queries by pages.
import type { Clock, JsonValue, Method } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import type { ReadableChain } from "../reader/closed-chain.ts";
import { eventJson } from "../reader/event-json.ts";
import type { StoredEvent } from "../reader/stored-event.ts";

const MAX_EVENTS = 1000;
/** Longest wait for a new event; a reader that wants more asks again. */
const MAX_WAIT_MS = 60_000;
/** An answer ends behind the event that takes it over this many characters: it must fit one message of any wire. */
const MAX_ANSWER_CHARACTERS = 524_288;

const sequence = z.int().check(z.minimum(0));
const milliseconds = z.int().check(z.minimum(0));
const word = (most: number) => z.string().check(z.minLength(1), z.maxLength(most));

/** Makes `chain.tail` and `chain.query`. */
export function readMethods(chain: () => ReadableChain, clock: Pick<Clock, "schedule">): Method[] {
  return [
    defineMethod({
      name: "chain.tail",
      description: "Gives the last events, oldest first; with since those from a sequence on, and waits for the next",
      role: "viewer",
      mutates: false,
      input: z.strictObject({
        /** Most events. */
        count: z._default(z.int().check(z.minimum(1), z.maximum(MAX_EVENTS)), 20),
        /** First sequence: `next` of the answer before. Absent: the last events. */
        since: z.optional(sequence),
        /** With `since`: how long to wait when nothing is there yet. */
        waitMs: z._default(z.int().check(z.minimum(0), z.maximum(MAX_WAIT_MS)), 0),
      }),
      async run({ count, since, waitMs }, { signal }) {
        const opened = chain();
        const from = since ?? Math.max(0, opened.status().events - count);
        if (since !== undefined && waitMs > 0) await arrival(opened, clock, since, waitMs, signal);
        return await pageOf(opened.range(from, Number.MAX_SAFE_INTEGER), count, from);
      },
    }),
    defineMethod({
      name: "chain.query",
      description:
        "Finds events by kind, source, action, actor, trace, approval and time, by pages, oldest first or newest",
      role: "viewer",
      mutates: false,
      input: z.strictObject({
        /** Name or glob on dots, such as `agent.*`. */
        kind: z.optional(word(256)),
        source: z.optional(word(64)),
        action: z.optional(word(128)),
        pid: z.optional(z.int().check(z.minimum(0))),
        principal: z.optional(word(256)),
        agent: z.optional(word(128)),
        /** Trace id, with or without its span. */
        trace: z.optional(z.string().check(z.regex(/^[0-9a-fA-F]{32}(-[0-9a-fA-F]{16})?$/))),
        approval: z.optional(word(128)),
        /** Earliest time, milliseconds UTC. */
        since: z.optional(milliseconds),
        /** Time behind the latest, milliseconds UTC. */
        until: z.optional(milliseconds),
        limit: z._default(z.int().check(z.minimum(1), z.maximum(MAX_EVENTS)), 50),
        order: z._default(z.enum(["oldest", "newest"]), "oldest"),
        /** `next` of the page before, in the same order. */
        cursor: z.optional(sequence),
      }),
      async run({ limit, cursor, order, ...filter }, { signal }) {
        const newest = order === "newest";
        const stored = chain().query({ ...filter, newest, [newest ? "to" : "from"]: cursor, signal });
        const { events, next, more } = await pageOf(stored, limit, cursor ?? 0, newest);
        return { events, next: more ? next : null };
      },
    }),
  ];
}

interface Page {
  readonly [key: string]: JsonValue;
  readonly events: JsonValue[];
  /** Where the next page begins: the sequence behind the last event, or of the last one on the way back. */
  readonly next: number;
  /** Whether the page ended because it was full. */
  readonly more: boolean;
}

async function pageOf(stored: AsyncIterable<StoredEvent>, count: number, from: number, newest = false): Promise<Page> {
  const events: JsonValue[] = [];
  let next = from;
  let characters = 0;
  for await (const event of stored) {
    const json = eventJson(event);
    events.push(json);
    next = newest ? event.sequence : event.sequence + 1;
    characters += JSON.stringify(json).length;
    if (events.length === count || characters > MAX_ANSWER_CHARACTERS) return { events, next, more: true };
  }
  return { events, next, more: false };
}

/** Waits until an event is on disk, at most so long. */
async function arrival(
  chain: ReadableChain,
  clock: Pick<Clock, "schedule">,
  from: number,
  waitMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (chain.status().events > from) return;
  const late = new AbortController();
  const timer = clock.schedule(waitMs, () => late.abort(), { background: true });
  try {
    const waiting = AbortSignal.any([signal, late.signal]);
    for await (const _event of chain.subscribe(from, { signal: waiting })) return;
  } catch (error) {
    if (signal.aborted || !late.signal.aborted) throw error;
  } finally {
    timer.cancel();
  }
}
