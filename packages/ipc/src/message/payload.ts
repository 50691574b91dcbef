/**
 * Checks and copies what is sent, once: receivers share one frozen copy, and a sender that changes its object later
 * changes nothing. What was received can be sent on without a second walk.
 */
import type { JsonValue, Payload, PayloadKind, SendOptions } from "@weftos/interface";
import { PayloadInvalidError, PayloadTooLargeError } from "../ipc-errors.ts";

/**
 * Most bytes of a payload: 16 MiB, in UTF-8, of JSON as its text, with 8 for a shorter number. What is far smaller is counted
 * roughly: a byte a character.
 */
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;
/** Up to here the rough count tells enough: JSON text has at most 6 bytes for one of it, those of an escaped character. */
const ROUGH_BYTES = MAX_PAYLOAD_BYTES / 8;
/** Most bytes of a text as a JSON string, which is how journals and processes carry it: escapes take room too. */
const MAX_TEXT_AS_JSON = 22 * 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_TOOL_NAME = 256;

/** A payload that may be shared. */
export interface PreparedPayload {
  readonly kind: PayloadKind;
  readonly payload: Payload;
  readonly bytes: number;
}

/**
 * Objects that were prepared before, frozen all the way down, so that they need no second look: `bytes · HEIGHTS + height`,
 * the height being the levels below.
 */
const prepared = new WeakMap<object, number>();
const HEIGHTS = 2 * MAX_DEPTH;

/**
 * Makes a payload fit to share.
 *
 * @param kind - what the sender says it is, where the value alone does not tell
 * @throws IPC_PAYLOAD_INVALID for what is not JSON, a string or bytes, or not of the kind; IPC_PAYLOAD_TOO_LARGE over 16 MiB
 */
export function preparePayload(payload: unknown, kind?: SendOptions["kind"]): PreparedPayload {
  const prepared = prepareAny(payload);
  return kind === undefined
    ? prepared
    : { kind: checkKind(kind, prepared), payload: prepared.payload, bytes: prepared.bytes };
}

function checkKind(kind: "toolCall" | "toolResult" | "rvf", { payload, kind: plain }: PreparedPayload): PayloadKind {
  if (kind === "rvf") {
    if (plain !== "binary") throw invalid("", `${plain} where the bytes of a segment were to come`);
    return kind;
  }
  const fields = plain === "json" ? (payload as { readonly [name: string]: unknown } | null) : null;
  const name = fields?.[kind === "toolCall" ? "name" : "callId"];
  const body = fields?.[kind === "toolCall" ? "args" : "result"];
  if (typeof name === "string" && name !== "" && name.length <= MAX_TOOL_NAME && body !== undefined) return kind;
  throw invalid(
    "",
    kind === "toolCall" ? "a tool call without name and args" : "a tool result without callId and result",
  );
}

function prepareAny(payload: unknown): PreparedPayload {
  if (typeof payload === "string") return { kind: "text", payload, bytes: textBytes(payload) };
  if (payload instanceof Uint8Array) {
    within(payload.byteLength);
    return { kind: "binary", payload: payload.slice(), bytes: payload.byteLength };
  }
  // Nothing to walk through.
  if (typeof payload === "number" && Number.isFinite(payload)) {
    return { kind: "json", payload: payload === 0 ? 0 : payload, bytes: 8 };
  }
  const size: Size = { bytes: 0, deepest: 0 };
  const copy = copyJson(payload, size, 0, "");
  return { kind: "json", payload: copy, bytes: within(jsonBytes(copy, size.bytes)) };
}

function textBytes(text: string): number {
  within(text.length);
  if (text.length <= ROUGH_BYTES) return text.length;
  if (utf8Bytes(JSON.stringify(text)) > MAX_TEXT_AS_JSON) within(Number.POSITIVE_INFINITY);
  return within(utf8Bytes(text));
}

function jsonBytes(value: JsonValue, rough: number): number {
  return rough <= ROUGH_BYTES ? rough : Math.max(rough, utf8Bytes(JSON.stringify(value)));
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

interface Size {
  bytes: number;
  /** The deepest level reached so far. */
  deepest: number;
}

function copyJson(value: unknown, size: Size, depth: number, path: string): JsonValue {
  switch (typeof value) {
    case "string":
      grow(size, value.length + 2);
      return value;
    case "number":
      if (!Number.isFinite(value)) throw invalid(path, String(value));
      size.bytes += 8;
      // JSON knows one zero.
      return value === 0 ? 0 : value;
    case "boolean":
      size.bytes += 5;
      return value;
    case "object":
      break;
    default:
      throw invalid(path, typeof value);
  }
  if (value === null) {
    size.bytes += 4;
    return null;
  }
  const known = prepared.get(value);
  if (known !== undefined) {
    const height = known % HEIGHTS;
    if (depth + height >= MAX_DEPTH) throw tooDeep(path);
    if (depth + height > size.deepest) size.deepest = depth + height;
    grow(size, (known - height) / HEIGHTS);
    return value as JsonValue;
  }
  if (depth >= MAX_DEPTH) throw tooDeep(path);
  const { bytes, deepest } = size;
  size.deepest = depth;
  const copy = Array.isArray(value) ? copyArray(value, size, depth, path) : copyObject(value, size, depth, path);
  prepared.set(Object.freeze(copy), (size.bytes - bytes) * HEIGHTS + size.deepest - depth);
  if (deepest > size.deepest) size.deepest = deepest;
  return copy;
}

function tooDeep(path: string): PayloadInvalidError {
  return invalid(path, `a value nested over ${MAX_DEPTH} deep`);
}

function copyArray(value: readonly unknown[], size: Size, depth: number, path: string): JsonValue[] {
  grow(size, 2 + value.length);
  const copy: JsonValue[] = [];
  for (let index = 0; index < value.length; index += 1) {
    copy.push(copyJson(value[index], size, depth + 1, `${path}[${index}]`));
  }
  return copy;
}

function copyObject(value: object, size: Size, depth: number, path: string): { [key: string]: JsonValue } {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw invalid(path, "an object of a class");
  const copy: { [key: string]: JsonValue } = {};
  size.bytes += 2;
  for (const [key, member] of Object.entries(value)) {
    // As in JSON, a property without a value is absent.
    if (member === undefined) continue;
    if (key === "__proto__") throw invalid(path, "a key named __proto__");
    grow(size, key.length + 4);
    copy[key] = copyJson(member, size, depth + 1, depth === 0 ? key : `${path}.${key}`);
  }
  return copy;
}

function grow(size: Size, bytes: number): void {
  size.bytes = within(size.bytes + bytes);
}

function within(bytes: number): number {
  if (bytes <= MAX_PAYLOAD_BYTES) return bytes;
  throw new PayloadTooLargeError(`a payload has at most ${MAX_PAYLOAD_BYTES} bytes, this one has more`, {
    details: { limitBytes: MAX_PAYLOAD_BYTES },
  });
}

function invalid(path: string, received: string): PayloadInvalidError {
  const where = path === "" ? "the payload" : `the payload's ${path.slice(0, 256)}`;
  return new PayloadInvalidError(`${where} must be a string, bytes or plain JSON, got ${received}`, {
    details: { path: path.slice(0, 256), received },
  });
}
