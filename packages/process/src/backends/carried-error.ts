/** Carries errors over a port: code and details of a WeftError, message and code of any other, no stack, no cause. */
import { isWeftError, WeftError } from "@weftos/interface";
import type { CarriedError } from "./worker-protocol.ts";

const MAX_MESSAGE = 4096;
const MAX_CODE = 128;

/** Gives the form for the port. */
export function packError(error: unknown): CarriedError {
  if (isWeftError(error)) {
    const { code, message, retryable, details } = error;
    const told = { code: String(code).slice(0, MAX_CODE), message: message.slice(0, MAX_MESSAGE) };
    return { weft: true, ...told, retryable: retryable === true, details: jsonOf(details) };
  }
  const message =
    error instanceof Error ? error.message : typeof error === "string" ? error : "it threw what is no error";
  const code = error instanceof Error && "code" in error ? String(error.code).slice(0, MAX_CODE) : "";
  return { weft: false, code, message: message.slice(0, MAX_MESSAGE), retryable: false, details: {} };
}

/** Rebuilds the error on the other side. */
export function unpackError({ weft, code, message, retryable, details }: CarriedError): Error {
  if (weft) return WeftError.fromJSON({ code, message, retryable, details });
  const error = new Error(message);
  return code === "" ? error : Object.assign(error, { code });
}

/** Details are whatever somebody's code gave: what is no JSON object in them is left behind. */
function jsonOf(details: unknown): object {
  try {
    const copy: unknown = JSON.parse(JSON.stringify(details));
    return typeof copy === "object" && copy !== null ? copy : {};
  } catch {
    return {};
  }
}
