/** What a message asks of an agent that runs the kernel's work loop, whatever kind of payload it comes in. */
import type { JsonValue, Message } from "@weftos/interface";
import { fromBase64 } from "../message/stored-payload.ts";

/** A command with its fields. */
export interface WorkCommand {
  readonly cmd: string;
  readonly fields: { readonly [name: string]: JsonValue };
}

type Fields = WorkCommand["fields"];

/**
 * Reads the command of a message: an object with `cmd`, as JSON, as text or bytes that are JSON; a tool call is an `exec`; text that is
 * no JSON is an `echo`; the bytes of a segment that are no command are an `rvf.recv`.
 *
 * @returns undefined when it is none
 */
export function commandOf(message: Message<unknown>): WorkCommand | undefined {
  const { kind, payload } = message;
  switch (kind) {
    case "json":
      return fromJson(payload);
    case "text": {
      const text = String(payload);
      const parsed = parseJson(text);
      return parsed === undefined ? { cmd: "echo", fields: { text } } : fromJson(parsed);
    }
    case "binary":
      return fromBytes(payload);
    case "rvf":
      return fromBytes(payload) ?? segment(message);
    case "toolCall": {
      const { name, args } = payload as { readonly name: string; readonly args: JsonValue };
      return { cmd: "exec", fields: { tool: name, args } };
    }
    default:
      return undefined;
  }
}

function segment({ segmentType, payload }: Message<unknown>): WorkCommand {
  const dataLen = payload instanceof Uint8Array ? payload.byteLength : 0;
  return { cmd: "rvf.recv", fields: { segmentType: segmentType ?? 0, dataLen } };
}

function fromBytes(payload: unknown): WorkCommand | undefined {
  const bytes = payload instanceof Uint8Array ? payload : fromBase64(String(payload));
  try {
    return fromJson(parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    return undefined;
  }
}

function fromJson(value: unknown): WorkCommand | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { cmd, ...fields } = value as Fields;
  return typeof cmd === "string" ? { cmd, fields } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
