/** Checks what a caller gives besides the payload: whom it addresses, and its options. */
import {
  KERNEL_PID,
  type LocalTarget,
  type MessageTarget,
  type NodeId,
  type Pid,
  type ProcessRef,
  type RequestOptions,
  type SendOptions,
  type SignalName,
} from "@weftos/interface";
import { IpcInputInvalidError, TooManyHopsError } from "../ipc-errors.ts";
import { checkTopic } from "../topic/topic-name.ts";
import { isTrace } from "./trace.ts";

/** The signals that can be given from outside; `pong` is only ever an answer, and `ping` waits for it. */
export type GivenSignal = Exclude<SignalName, "pong" | "ping">;

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_MS = 24 * 60 * 60 * 1000;
/** How often a message may be sent on. */
export const MAX_HOPS = 16;
const NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const MAX_NAME_LENGTH = 128;
/** Characters of a wrong text that an error shows. */
const MAX_SHOWN = 64;
const NODE = /^[0-9a-f]{32}$/;
const givenSignals: readonly string[] = ["suspend", "resume", "shutdown", "kill"] satisfies readonly GivenSignal[];
const kinds: readonly unknown[] = [undefined, "toolCall", "toolResult", "rvf"];
const none: SendOptions & RequestOptions = Object.freeze({});

/** Reads whatever names a process. @throws IPC_INPUT_INVALID when it is neither a PID nor an object with one */
export function pidOf(to: ProcessRef<never>): Pid {
  const pid: unknown = typeof to === "object" && to !== null && "pid" in to ? to.pid : to;
  if (isPid(pid)) return pid;
  throw invalid("a process", "a PID (a safe integer of 0 or more) or an object with one", pid);
}

/** Reads whatever names a receiver. @throws IPC_INPUT_INVALID, IPC_TOPIC_INVALID */
export function recipientOf(to: unknown): Pid | MessageTarget {
  if (isPid(to)) return to;
  if (typeof to === "object" && to !== null && "kind" in to) return targetOf(to as { readonly kind: unknown });
  return pidOf(to as ProcessRef<never>);
}

function targetOf(to: { readonly kind: unknown }): MessageTarget {
  if (to.kind !== "remote") return localTargetOf(to);
  const { node, target } = to as { readonly node?: unknown; readonly target?: unknown };
  if (typeof node !== "string" || !NODE.test(node)) throw invalid("node", "the id of a node, 32 hex characters", node);
  if (typeof target !== "object" || target === null || !("kind" in target)) {
    throw invalid("target", "a target on the other node", target);
  }
  return { kind: "remote", node: node as NodeId, target: localTargetOf(target) };
}

/** Reads a target within a kernel. @throws IPC_INPUT_INVALID, IPC_TOPIC_INVALID */
export function localTargetOf(to: { readonly kind: unknown }): LocalTarget {
  const given = to as { readonly [name: string]: unknown };
  switch (to.kind) {
    case "process":
      pidOf(given.pid as ProcessRef<never>);
      break;
    case "topic":
      checkTopic(given.topic);
      break;
    case "broadcast":
    case "kernel":
      break;
    case "serviceMethod":
      nameOf("method", given.method);
      nameOf("service", given.service);
      break;
    case "service":
      nameOf("service", given.service);
      break;
    default:
      throw invalid(
        "a target",
        "one of the kinds process, topic, broadcast, service, serviceMethod, kernel, remote",
        to.kind,
      );
  }
  return to as LocalTarget;
}

/** Reads options. @throws IPC_INPUT_INVALID, IPC_TOO_MANY_HOPS */
export function readOptions(options: (SendOptions & RequestOptions) | undefined): SendOptions & RequestOptions {
  if (options === undefined) return none;
  if (typeof options !== "object" || options === null) throw invalid("the options", "an object", options);
  const { signal, trace, kind, segmentType, forwards, reliable, key } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal", "an AbortSignal", signal);
  checkTrace(trace);
  if (!kinds.includes(kind)) throw invalid("kind", "one of toolCall, toolResult, rvf", kind);
  if (kind === "rvf" ? !isByte(segmentType) : segmentType !== undefined) {
    throw invalid("segmentType", "an integer of 0 to 255, with kind rvf alone", segmentType);
  }
  if (reliable !== undefined && typeof reliable !== "boolean") throw invalid("reliable", "true or false", reliable);
  if (key !== undefined && (typeof key !== "string" || key === "" || key.length > MAX_NAME_LENGTH)) {
    throw invalid("key", `a text of 1 to ${MAX_NAME_LENGTH} characters`, key);
  }
  if (key !== undefined && reliable !== true) throw invalid("key", "given together with reliable", key);
  if (forwards !== undefined) checkForwards(forwards);
  return options;
}

/** Reads a time-out; 30 s when none is given. @throws IPC_INPUT_INVALID */
export function readTimeout(timeoutMs: unknown): number {
  if (timeoutMs === undefined) return DEFAULT_TIMEOUT_MS;
  if (typeof timeoutMs === "number" && timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS) return timeoutMs;
  throw invalid("timeoutMs", `a number over 0 and at most ${MAX_TIMEOUT_MS}`, timeoutMs);
}

/** Reads the name of a signal. @throws IPC_INPUT_INVALID */
export function readSignal(name: unknown): GivenSignal {
  if (typeof name === "string" && givenSignals.includes(name)) return name as GivenSignal;
  throw invalid("the signal", `one of ${givenSignals.join(", ")}`, name);
}

function checkTrace(trace: unknown): void {
  if (trace === undefined || trace === null || isTrace(trace)) return;
  throw invalid(
    "trace",
    "null, <32 hex>-<16 hex> or a traceparent of version 00, in lower case and no id all zero",
    trace,
    typeof trace === "string" ? JSON.stringify(trace.slice(0, MAX_SHOWN)) : undefined,
  );
}

function checkForwards(forwards: unknown): void {
  const hops = typeof forwards === "object" && forwards !== null && "hops" in forwards ? forwards.hops : undefined;
  if (typeof hops !== "number" || !Number.isSafeInteger(hops) || hops < 0) {
    throw invalid("forwards", "a message", forwards);
  }
  checkTrace((forwards as { readonly trace?: unknown }).trace);
  if (hops < MAX_HOPS) return;
  throw new TooManyHopsError(`the message was sent on ${hops} times, which is the limit`, {
    details: { hops, limit: MAX_HOPS },
  });
}

function nameOf(field: string, name: unknown): void {
  if (typeof name === "string" && name.length <= MAX_NAME_LENGTH && NAME.test(name)) return;
  throw invalid(field, `letters, digits, _ and - joined by dots, at most ${MAX_NAME_LENGTH}`, name);
}

function isPid(pid: unknown): pid is Pid {
  return typeof pid === "number" && Number.isSafeInteger(pid) && pid >= KERNEL_PID;
}

function isByte(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;
}

/** Makes the error of an input that is not what it may be. @param shown - what came, where that may be told; its kind else */
export function invalid(field: string, expected: string, value: unknown, shown?: string): IpcInputInvalidError {
  const received = shown ?? kindOf(value);
  return new IpcInputInvalidError(`expected ${field} to be ${expected}, got ${received}`, {
    details: { field, expected, received },
  });
}

function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value === "number" ? String(value) : typeof value;
}
