/** Makes a call of an agent apart fit to be carried, or refuses it as the kernel's own thread would: same codes, same words. */
import { WeftError } from "@weftos/interface";
import { plainJson, type UnfitError } from "../agent/plain-json.ts";
import { notPlain } from "../input-invalid.ts";
import type { Call } from "./worker-protocol.ts";

/** The router's answer to such a payload, which never gets there. */
const unfitPayload: UnfitError = (path, received) => {
  const where = path === "" ? "the payload" : `the payload's ${path}`;
  const message = `${where} must be a string, bytes or plain JSON, got ${received}`;
  return WeftError.fromJSON({ code: "IPC_PAYLOAD_INVALID", message, retryable: false, details: { path, received } });
};

const unfitInput: UnfitError = (path, received) => notPlain("the input of a tool", path, received);
const unfitState: UnfitError = (path, received) => notPlain("the value of a state", path, received);

/** @throws IPC_PAYLOAD_INVALID, PROCESS_INPUT_INVALID */
export function fitCall(call: Call): Call {
  switch (call.method) {
    case "send":
    case "request":
    case "reply":
    case "publish":
    case "broadcast": {
      if (call.payload instanceof Uint8Array) return call;
      const payload = plainJson(call.payload, unfitPayload);
      return payload === call.payload ? call : { ...call, payload };
    }
    case "stateSet": {
      const value = plainJson(call.value, unfitState);
      return value === call.value ? call : { ...call, value };
    }
    case "callTool": {
      const input = plainJson(call.input, unfitInput);
      return input === call.input ? call : { ...call, input };
    }
    default:
      return call;
  }
}

/** The router's answer to an acknowledgement of what is no message. */
export function noMessage(): WeftError {
  const message = "the message: expected one that this agent got";
  return WeftError.fromJSON({ code: "IPC_INPUT_INVALID", message, retryable: false, details: { issues: [] } });
}
