// From an audit event to stored bytes, hash and content record: the hot path. Hash inputs are built around the encoded
// bytes in the writers' own buffers, so that nothing is copied before it is hashed.
import { CborWriter, fromHex, shake256 } from "@weftos/crypto";
import { type AuditEvent, isWeftError, type JsonObject, type Random } from "@weftos/interface";
import { ChainEventInvalidError } from "../error/chain-errors.ts";
import { writeContent } from "../format/content-record.ts";
import { EVENT_TAG, PAYLOAD_TAG, writeLength } from "../format/domain-hash.ts";
import { MAX_CONTENT_BYTES, SALT_BYTES, writeEvent } from "../format/event-record.ts";
import { SaltPool } from "./salt-pool.ts";

/** Longest texts in UTF-16 code units; a quarter of what the format allows in bytes, so that every script fits. */
const LIMITS = { source: 64, kind: 128, principal: 256, agent: 128, idempotencyKey: 128 } as const;
const TRACE = /^[0-9a-f]{32}-[0-9a-f]{16}$/;
const EIGHT = new Uint8Array(8);
const EVENT_PREFIX = EVENT_TAG.length + 8;
const CONTENT_START = PAYLOAD_TAG.length + 8 + SALT_BYTES + 8;

/** What one event became. The bytes are views that the next call overwrites; the hash is not. */
export interface EncodedEvent {
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
  readonly record: Uint8Array | undefined;
}

/** Encodes events of one chain. */
export class EventEncoder {
  readonly #chain: Uint8Array;
  readonly #salts: SaltPool;
  readonly #events = new CborWriter(1024);
  readonly #payloads = new CborWriter(1024);
  readonly #records = new CborWriter(1024);

  constructor(chain: Uint8Array, random: Pick<Random, "bytes">) {
    this.#chain = chain;
    this.#salts = new SaltPool(random);
  }

  /** @throws `CHAIN_EVENT_INVALID` when the event breaks a limit; then nothing happened */
  encode(
    event: AuditEvent,
    place: {
      readonly sequence: number;
      readonly time: number;
      readonly previous: Uint8Array;
      readonly node: Uint8Array;
    },
  ): EncodedEvent {
    checkEvent(event);
    const commitment = this.#commit(place.sequence, event.payload);
    const { actor } = event;
    const writer = this.#events;
    writer.reset();
    writer.encoded(EVENT_TAG);
    writer.encoded(EIGHT);
    try {
      writeEvent(writer, {
        chain: this.#chain,
        sequence: place.sequence,
        time: place.time,
        previous: place.previous,
        source: event.source,
        kind: event.kind,
        node: place.node,
        principal: actor.principal ?? null,
        pid: actor.pid ?? null,
        agent: actor.agent ?? null,
        trace: event.trace === undefined ? null : fromHex(event.trace.replace("-", "")),
        key: event.idempotencyKey ?? null,
        commitment,
      });
    } catch (error) {
      throw invalid("event", isWeftError(error) ? error.message : String(error), error);
    }
    const input = writer.view();
    writeLength(input, EVENT_TAG.length, input.length - EVENT_PREFIX);
    return { bytes: writer.view(EVENT_PREFIX), hash: shake256(input), record: this.#records.view() };
  }

  /** Encodes the payload, hashes it with a fresh salt, and leaves the content record in its writer. */
  #commit(sequence: number, payload: JsonObject): Uint8Array {
    const writer = this.#payloads;
    const salt = this.#salts.next();
    writer.reset();
    writer.encoded(PAYLOAD_TAG);
    writer.encoded(EIGHT);
    writer.encoded(salt);
    writer.encoded(EIGHT);
    try {
      writer.value(payload);
    } catch (error) {
      throw invalid("payload", isWeftError(error) ? error.message : String(error), error);
    }
    const input = writer.view();
    const contentBytes = input.length - CONTENT_START;
    if (contentBytes > MAX_CONTENT_BYTES)
      throw invalid("payload", `expected at most ${MAX_CONTENT_BYTES} bytes, got ${contentBytes}`);
    writeLength(input, PAYLOAD_TAG.length, SALT_BYTES);
    writeLength(input, CONTENT_START - 8, contentBytes);
    this.#records.reset();
    writeContent(this.#records, { sequence, salt, content: writer.view(CONTENT_START) });
    return shake256(input);
  }
}

function checkEvent(event: AuditEvent): void {
  const { actor } = event;
  if (typeof event.source !== "string" || event.source === "" || event.source.length > LIMITS.source)
    throw tooLong("source");
  if (typeof event.kind !== "string" || event.kind === "" || event.kind.length > LIMITS.kind) throw tooLong("kind");
  if (typeof event.payload !== "object" || event.payload === null || Array.isArray(event.payload)) {
    throw invalid("payload", "expected an object");
  }
  if (typeof actor !== "object" || actor === null) throw invalid("actor", "expected an object");
  if (actor.principal !== undefined) checkText("principal", actor.principal);
  if (actor.agent !== undefined) checkText("agent", actor.agent);
  if (actor.pid !== undefined && (!Number.isSafeInteger(actor.pid) || actor.pid < 0))
    throw invalid("actor.pid", "expected a safe integer of 0 or more");
  if (event.trace !== undefined && !TRACE.test(event.trace))
    throw invalid("trace", "expected 32 hex digits, a dash, 16 hex digits");
  if (event.idempotencyKey !== undefined) checkText("idempotencyKey", event.idempotencyKey);
}

function checkText(field: "principal" | "agent" | "idempotencyKey", value: unknown): void {
  if (typeof value !== "string" || value === "" || value.length > LIMITS[field]) throw tooLong(field);
}

function tooLong(field: keyof typeof LIMITS): ChainEventInvalidError {
  return invalid(field, `expected a text of 1 to ${LIMITS[field]} characters`);
}

function invalid(field: string, reason: string, cause?: unknown): ChainEventInvalidError {
  return new ChainEventInvalidError(`the ${field} of an event cannot be recorded: ${reason}`, {
    details: { field },
    cause,
  });
}
