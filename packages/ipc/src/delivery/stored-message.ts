/** Messages as journals keep them: JSON, bytes as base64, ids written out, since numbers mean nothing to the next boot. */
import type { JsonValue, MessageTarget, Payload, PayloadKind, Pid, Schema } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import { Envelope, type RareFields } from "../message/envelope.ts";
import type { MessageIds } from "../message/message-ids.ts";
import { preparePayload } from "../message/payload.ts";
import { readPayload, storePayload } from "../message/stored-payload.ts";

/** Largest record: 16 MiB as base64, and room for what else a message has. */
export const MAX_RECORD_BYTES: number = 24 * 1024 * 1024;

/** A message on disk. */
export interface StoredMessage {
  readonly id: string;
  readonly from: Pid;
  readonly target: MessageTarget;
  readonly kind: PayloadKind;
  readonly payload: JsonValue;
  readonly bytes: number;
  readonly sentAt: number;
  readonly trace?: string | undefined;
  readonly hops: number;
  readonly segmentType?: number | undefined;
}

const count = z.int().check(z.minimum(0));

/** What a stored message must be. */
export const storedMessageSchema = z.lazy(() =>
  z.object({
    id: z.string().check(z.maxLength(64)),
    from: count,
    target: z.looseObject({ kind: z.string() }),
    kind: z.enum(["text", "json", "binary", "toolCall", "toolResult", "rvf"]),
    payload: z.unknown(),
    bytes: count,
    sentAt: count,
    trace: z.optional(z.string().check(z.maxLength(64))),
    hops: count,
    segmentType: z.optional(count),
  }),
);

export function storeMessage(message: Envelope): StoredMessage {
  const { id, from, target, kind, payload, bytes, sentAt, trace, hops, segmentType } = message;
  return { id, from, target, kind, payload: storePayload(payload), bytes, sentAt, trace, hops, segmentType };
}

/** Makes a message of a stored one, with a number of this boot and the id it had. @throws TypeError when its bytes are none */
export function restoreMessage(ids: MessageIds, stored: StoredMessage, rare: RareFields): Envelope {
  const { id, from, target, kind, payload, bytes, sentAt, trace, hops, segmentType } = stored;
  return new Envelope(ids, {
    number: ids.next(),
    from,
    target,
    kind,
    payload: frozen(readPayload(kind, payload)),
    bytes,
    sentAt,
    deadline: undefined,
    trace,
    rare: { ...rare, id, hops, segmentType },
  });
}

/** What comes from the disk is shared by its receivers as what is sent is; bytes are made anew each time. */
function frozen(payload: Payload): Payload {
  return payload instanceof Uint8Array ? payload : preparePayload(payload).payload;
}

/** Reads one record of a journal; undefined when it is none. */
export function readRecord<T>(schema: Schema<unknown, T>, record: Uint8Array): T | undefined {
  try {
    const read = safeParse(schema, JSON.parse(new TextDecoder().decode(record)), "a record");
    return read.ok ? read.value : undefined;
  } catch {
    return undefined;
  }
}

/** Writes one record of a journal. */
export function writeRecord(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
