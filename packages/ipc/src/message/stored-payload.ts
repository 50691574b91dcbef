/** Payloads as journals keep them: JSON as it is, bytes as base64. */
import type { JsonValue, Payload, PayloadKind } from "@weftos/interface";

const CHUNK = 0x8000;

/** Writes a payload as JSON. */
export function storePayload(payload: Payload): JsonValue {
  return payload instanceof Uint8Array ? toBase64(payload) : payload;
}

/** Reads what `storePayload` wrote. @throws TypeError when bytes are none */
export function readPayload(kind: PayloadKind, stored: JsonValue): Payload {
  if (kind !== "binary" && kind !== "rvf") return stored;
  if (typeof stored !== "string") throw new TypeError("expected bytes as base64");
  return fromBase64(stored);
}

/** Writes bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

/** @throws TypeError when the text is no base64 */
export function fromBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new TypeError("expected bytes as base64", { cause });
  }
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
