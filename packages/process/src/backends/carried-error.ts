/** Carries errors over a port: code and details of a WeftError, message and code of any other, no stack, no cause. */
import { isWeftError, WeftError } from "@weftos/interface";
import type { CarriedError } from "./worker-protocol.ts";

const MAX_MESSAGE = 4096;

/** Gives the form for the port. */
export function packError(error: unknown): CarriedError {
  if (isWeftError(error)) {
    const { code, message, retryable, details } = error.toJSON();
    const copy = JSON.parse(JSON.stringify(details)) as object;
    return { weft: true, code, message: message.slice(0, MAX_MESSAGE), retryable, details: copy };
  }
  const message =
    error instanceof Error ? error.message : typeof error === "string" ? error : "it threw what is no error";
  const code = error instanceof Error && "code" in error ? String(error.code).slice(0, 128) : "";
  return { weft: false, code, message: message.slice(0, MAX_MESSAGE), retryable: false, details: {} };
}

/** Rebuilds the error on the other side. */
export function unpackError({ weft, code, message, retryable, details }: CarriedError): Error {
  if (weft) return WeftError.fromJSON({ code, message, retryable, details });
  const error = new Error(message);
  return code === "" ? error : Object.assign(error, { code });
}
