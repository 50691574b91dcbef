/**
 * JSON-RPC 2.0 (https://www.jsonrpc.org/specification) over lines: each message, or batch of them, is one line of UTF-8 JSON
 * ended by a line feed, which JSON itself never holds. Cancelling follows the Language Server Protocol: the notification
 * `$/cancelRequest` with the `id` of the request.
 */
import type { JsonValue } from "@weftos/interface";

/** The largest message in bytes, either way. */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024;

/** The method that must be called first, with `{ token }`. */
export const AUTH_METHOD = "auth";
/** The notification that cancels a request. */
export const CANCEL_METHOD = "$/cancelRequest";

/** The codes of JSON-RPC 2.0, and the one of LSP for what was cancelled. */
export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  server: -32000,
  cancelled: -32800,
} as const;

export type RpcId = string | number | null;

/** The error of a response; `data` is what of a WeftError travels besides its message. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data: { readonly code: string; readonly details: object; readonly retryable: boolean };
}

/** Most warnings that an answer carries. */
export const MAX_WARNINGS = 64;

interface RpcAnswer {
  readonly jsonrpc: "2.0";
  readonly id: RpcId;
  /** What rules want the caller to know; a member of our own, absent when there is nothing. */
  readonly warnings?: readonly string[];
}

/** An answer to a request. */
export type RpcResponse = RpcAnswer & ({ readonly result: JsonValue } | { readonly error: RpcError });

/** A message from a client: a request, a notification (no id, no answer), or neither. */
export type Incoming =
  | { readonly kind: "request"; readonly id: RpcId; readonly method: string; readonly params: unknown }
  | { readonly kind: "notification"; readonly method: string; readonly params: unknown }
  | { readonly kind: "invalid"; readonly id: RpcId };

const MAX_NAME_LENGTH = 128;

/** Reads one member of the wire; never throws. */
export function readIncoming(value: unknown): Incoming {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { kind: "invalid", id: null };
  const id = "id" in value && isId(value.id) ? value.id : null;
  const method = "method" in value ? value.method : undefined;
  if (!("jsonrpc" in value) || value.jsonrpc !== "2.0") return { kind: "invalid", id };
  if (typeof method !== "string" || method === "" || method.length > MAX_NAME_LENGTH) return { kind: "invalid", id };
  const params = "params" in value ? value.params : undefined;
  if (params !== undefined && (typeof params !== "object" || params === null)) return { kind: "invalid", id };
  if (!("id" in value)) return { kind: "notification", method, params };
  return isId(value.id) ? { kind: "request", id, method, params } : { kind: "invalid", id };
}

/** Reads an answer; undefined when it is none. */
export function readResponse(value: unknown): RpcResponse | undefined {
  if (typeof value !== "object" || value === null || !("jsonrpc" in value) || value.jsonrpc !== "2.0") return undefined;
  if (!("id" in value) || !isId(value.id)) return undefined;
  const { id } = value;
  const warnings = "warnings" in value ? readWarnings(value.warnings) : {};
  // What JSON.parse gives is JSON.
  if ("result" in value) return { jsonrpc: "2.0", id, result: value.result as JsonValue, ...warnings };
  const error = "error" in value ? readError(value.error) : undefined;
  return error === undefined ? undefined : { jsonrpc: "2.0", id, error, ...warnings };
}

function readWarnings(value: unknown): { readonly warnings?: readonly string[] } {
  if (!Array.isArray(value)) return {};
  return { warnings: value.filter((one): one is string => typeof one === "string").slice(0, MAX_WARNINGS) };
}

function readError(value: unknown): RpcError | undefined {
  if (typeof value !== "object" || value === null || !("code" in value) || !("message" in value)) return undefined;
  if (typeof value.code !== "number" || typeof value.message !== "string") return undefined;
  const data = "data" in value && typeof value.data === "object" && value.data !== null ? value.data : {};
  return {
    code: value.code,
    message: value.message,
    data: {
      code: "code" in data && typeof data.code === "string" ? data.code : "API_INTERNAL",
      details: "details" in data && typeof data.details === "object" && data.details !== null ? data.details : {},
      retryable: "retryable" in data && data.retryable === true,
    },
  };
}

function isId(value: unknown): value is RpcId {
  if (typeof value === "string") return value.length <= MAX_NAME_LENGTH;
  return value === null || (typeof value === "number" && Number.isFinite(value));
}
