/** Checks what a caller gives besides the payload: whom it addresses, and its options. */
import { KERNEL_PID, type Pid, type ProcessRef, type RequestOptions, type SignalName } from "@weftos/interface";
import { IpcInputInvalidError } from "../ipc-errors.ts";

/** The signals that can be given from outside; `pong` is only ever an answer, and `ping` waits for it. */
export type GivenSignal = Exclude<SignalName, "pong" | "ping">;

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_MS = 24 * 60 * 60 * 1000;
const MAX_TRACE_LENGTH = 64;
const givenSignals: readonly string[] = ["suspend", "resume", "shutdown", "kill"] satisfies readonly GivenSignal[];
const none: RequestOptions = Object.freeze({});

/** Reads whatever names a process. @throws IPC_INPUT_INVALID when it is neither a PID nor an object with one */
export function pidOf(to: ProcessRef<never>): Pid {
  const pid: unknown = typeof to === "object" && to !== null && "pid" in to ? to.pid : to;
  if (typeof pid === "number" && Number.isSafeInteger(pid) && pid >= KERNEL_PID) return pid as Pid;
  throw invalid("a process", "a PID (a safe integer of 0 or more) or an object with one", pid);
}

/** Reads options. @throws IPC_INPUT_INVALID */
export function readOptions(options: RequestOptions | undefined): RequestOptions {
  if (options === undefined) return none;
  if (typeof options !== "object" || options === null) throw invalid("the options", "an object", options);
  const { signal, trace } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal", "an AbortSignal", signal);
  if (trace !== undefined && (typeof trace !== "string" || trace.length > MAX_TRACE_LENGTH)) {
    throw invalid("trace", `a string of at most ${MAX_TRACE_LENGTH} characters`, trace);
  }
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

function invalid(field: string, expected: string, value: unknown): IpcInputInvalidError {
  const received = value === null ? "null" : typeof value === "number" ? String(value) : typeof value;
  return new IpcInputInvalidError(`expected ${field} to be ${expected}, got ${received}`, {
    details: { field, expected, received },
  });
}
