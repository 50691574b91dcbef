/** Turns what a method gives or throws into an answer of JSON-RPC. Nothing that was not raised on purpose gets out. */
import { isWeftError, type JsonValue, type WeftError } from "@weftos/interface";
import {
  MAX_MESSAGE_BYTES,
  MAX_WARNINGS,
  type RpcError,
  type RpcId,
  type RpcResponse,
  rpcCodes,
} from "../wire/json-rpc.ts";
import { writeLine } from "../wire/line-reader.ts";
import { MessageTooLargeError } from "../wire/message-too-large.ts";
import { InternalError } from "./server-errors.ts";

const codes: Readonly<Record<string, number>> = {
  API_PARSE_FAILED: rpcCodes.parseError,
  API_INVALID_REQUEST: rpcCodes.invalidRequest,
  API_METHOD_NOT_FOUND: rpcCodes.methodNotFound,
  API_INVALID_PARAMS: rpcCodes.invalidParams,
  API_INTERNAL: rpcCodes.internal,
  API_CANCELLED: rpcCodes.cancelled,
};

/** Gives the answer of a success. */
export function resultAnswer(id: RpcId, result: JsonValue, warnings: readonly string[] = []): RpcResponse {
  return { jsonrpc: "2.0", id, result, ...told(warnings) };
}

/** Gives the answer of a failure; an error that is no WeftError becomes `API_INTERNAL`. */
export function errorAnswer(id: RpcId, error: unknown, warnings: readonly string[] = []): RpcResponse {
  return { jsonrpc: "2.0", id, error: rpcError(isWeftError(error) ? error : internal()), ...told(warnings) };
}

function told(warnings: readonly string[]): { readonly warnings?: readonly string[] } {
  return warnings.length === 0 ? {} : { warnings: warnings.slice(0, MAX_WARNINGS) };
}

/** Writes an answer as a line; one that is too large, or no JSON, becomes the error that says so. */
export function answerLine(answer: RpcResponse): Uint8Array {
  try {
    const line = writeLine(answer);
    if (line.length <= MAX_MESSAGE_BYTES) return line;
    return writeLine(errorAnswer(answer.id, new MessageTooLargeError(MAX_MESSAGE_BYTES)));
  } catch {
    return writeLine(errorAnswer(answer.id, internal()));
  }
}

function internal(): InternalError {
  return new InternalError("the method failed in a way that it did not foresee; the kernel's log has more", {
    details: {},
  });
}

function rpcError({ code, message, details, retryable }: WeftError): RpcError {
  return {
    code: Object.hasOwn(codes, code) ? (codes[code] ?? rpcCodes.server) : rpcCodes.server,
    message,
    data: { code, details, retryable },
  };
}
