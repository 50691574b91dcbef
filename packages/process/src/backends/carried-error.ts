/** Carries errors over a port: code and details of a WeftError, message and code of any other, no stack, no cause. */
import { isWeftError, WeftError } from "@weftos/interface";
import { readThrown } from "../agent/thrown.ts";
import type { CarriedError } from "./worker-protocol.ts";

const MAX_MESSAGE = 4096;

/** Gives the form for the port. */
export function packError(error: unknown): CarriedError {
  const { message, code = "" } = readThrown(error);
  const told = { code, message: message.slice(0, MAX_MESSAGE) };
  const weft = asWeft(error);
  return { weft: weft !== undefined, ...told, retryable: weft?.retryable ?? false, details: weft?.details ?? {} };
}

function asWeft(error: unknown): Pick<CarriedError, "retryable" | "details"> | undefined {
  try {
    if (!isWeftError(error)) return undefined;
    const { retryable, details } = error;
    return { retryable: retryable === true, details: jsonOf(details) };
  } catch {
    return undefined;
  }
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
