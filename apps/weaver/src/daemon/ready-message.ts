/** What a starting daemon tells its parent over the channel between the two. */
import type { WeftErrorJson } from "@weftos/interface";
import { describeError } from "../failure/report-error.ts";

/** The daemon runs, or why it does not. */
export type ReadyMessage =
  | {
      readonly kind: "ready";
      readonly pid: number;
      readonly socket: string | null;
      /** Name of the environment in force. */
      readonly environment: string;
      readonly bootMs: number;
      /** What the start warned of, a sentence each. */
      readonly notices: readonly string[];
    }
  | { readonly kind: "failed"; readonly error: WeftErrorJson };

/** Makes the message of a failed start. */
export function failedMessage(error: unknown): ReadyMessage {
  const { code, message, details } = describeError(error);
  return { kind: "failed", error: { code, message, details, retryable: false } };
}

/** Reads a message; undefined when it is none. */
export function readReadyMessage(value: unknown): ReadyMessage | undefined {
  if (typeof value !== "object" || value === null || !("kind" in value)) return undefined;
  if (value.kind === "failed" && "error" in value) return { kind: "failed", error: readError(value.error) };
  if (value.kind !== "ready" || !("pid" in value) || typeof value.pid !== "number") return undefined;
  const socket = "socket" in value && typeof value.socket === "string" ? value.socket : null;
  const bootMs = "bootMs" in value && typeof value.bootMs === "number" ? value.bootMs : 0;
  const environment = "environment" in value && typeof value.environment === "string" ? value.environment : "unknown";
  const told: readonly unknown[] = "notices" in value && Array.isArray(value.notices) ? value.notices : [];
  const notices = told.filter((notice) => typeof notice === "string");
  return { kind: "ready", pid: value.pid, socket, environment, bootMs, notices };
}

function readError(value: unknown): WeftErrorJson {
  const read = typeof value === "object" && value !== null ? value : {};
  return {
    code: "code" in read && typeof read.code === "string" ? read.code : "UNKNOWN",
    message: "message" in read && typeof read.message === "string" ? read.message : "the daemon did not say why",
    details: "details" in read && typeof read.details === "object" && read.details !== null ? read.details : {},
    retryable: false,
  };
}
