/**
 * What a kernel says to an agent outside its thread, and the agent to it: structured clones of these objects to a thread,
 * frames of JSON to a process. The kernel checks by `worker-schema.ts` what comes; the agent trusts its kernel. A worker loads
 * this file, so it imports nothing.
 */
import type {
  BudgetAmounts,
  CapabilityRequest,
  ExitReason,
  JsonObject,
  JsonValue,
  LogFields,
  LogLevel,
  Message,
  MessageTarget,
  Payload,
  SendOptions,
  SpawnOptions,
  SubscribeOptions,
  WeftErrorJson,
} from "@weftos/interface";

/** Messages that may be on their way to a worker, or lie in it untaken. */
export const CREDIT = 64;
/** Bytes of their payloads after which no more is pushed: the message that reaches them is. */
export const CREDIT_BYTES = 16 * 1024 * 1024;
/** Calls of one worker that may be unanswered; the client keeps to a quarter of it. */
export const MAX_CALLS = 1024;
/** Log lines of one worker that may be unread; more are dropped by the client, which says how many. */
export const LOG_WINDOW = 256;
/** Most characters of one log line's fields as JSON. */
export const MAX_LOG_FIELDS = 65_536;

/** What can be told of the use of an agent; undefined where it cannot. */
export interface Measured {
  readonly cpuMs: number | undefined;
  readonly memoryBytes: number | undefined;
}

/** What an agent tells of itself when it is asked. */
export interface Told extends Measured {
  /** Whether it waits for a message. */
  readonly idle: boolean;
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly module: string;
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  readonly startedAt: number;
  readonly input: JsonValue;
  readonly environment: Readonly<Record<string, string>>;
  /** Log levels that are written. */
  readonly levels: readonly LogLevel[];
}

/** What a thread is started with. */
export interface ThreadStart extends WorkerStart {
  /** The memory to which it is held. */
  readonly memoryBytes: number;
}

/** An error on its way: a WeftError keeps its code and details, another one its message and, if it has one, its code. */
export interface CarriedError extends WeftErrorJson {
  readonly weft: boolean;
}

/** Options of sending, as they are carried: the signal becomes a `cancel`, the trace is always said. */
export type CarriedOptions = Omit<SendOptions, "signal" | "trace"> & { readonly trace: string | null };

/** What an agent in a worker may ask of its kernel. */
export type Call =
  | {
      readonly method: "send";
      readonly to: number | MessageTarget;
      readonly payload: Payload;
      readonly options: CarriedOptions;
    }
  | {
      readonly method: "request";
      readonly to: number | MessageTarget;
      readonly payload: Payload;
      readonly options: CarriedOptions;
      readonly timeoutMs?: number | undefined;
    }
  | { readonly method: "acknowledge"; readonly message: string }
  | { readonly method: "reply"; readonly request: string; readonly payload: Payload }
  | { readonly method: "replyError"; readonly request: string; readonly error: CarriedError }
  | {
      readonly method: "publish";
      readonly topic: string;
      readonly payload: Payload;
      readonly options: CarriedOptions;
    }
  | { readonly method: "broadcast"; readonly payload: Payload; readonly options: CarriedOptions }
  | { readonly method: "subscribe"; readonly topic: string; readonly options: SubscribeOptions }
  | { readonly method: "unsubscribe"; readonly topic: string; readonly options: Pick<SubscribeOptions, "group"> }
  | {
      readonly method: "callTool";
      readonly name: string;
      readonly input: JsonValue;
      readonly onDefer?: "reject" | "wait" | undefined;
      readonly approval?: string | undefined;
    }
  | { readonly method: "listTools" }
  | { readonly method: "stateGet" | "stateRemove"; readonly key: string }
  | { readonly method: "stateSet"; readonly key: string; readonly value: JsonValue }
  | { readonly method: "stateKeys" }
  | { readonly method: "budgetRemaining" }
  | {
      readonly method: "budgetSpend" | "budgetReserve";
      readonly amount: BudgetAmounts;
      readonly onExhausted?: "reject" | "wait" | undefined;
    }
  | { readonly method: "budgetSettle"; readonly hold: string; readonly actual?: BudgetAmounts | undefined }
  | { readonly method: "budgetRelease"; readonly hold: string }
  | { readonly method: "spawn"; readonly module: string; readonly options: SpawnOptions }
  | { readonly method: "supervise"; readonly spec: JsonObject }
  /** A supervisor is named by the call that started it. */
  | { readonly method: "supervisorChildren"; readonly supervisor: number }
  | { readonly method: "supervisorAdd"; readonly supervisor: number; readonly child: JsonObject }
  | { readonly method: "supervisorRemove"; readonly supervisor: number; readonly id: string }
  | {
      readonly method: "supervisorScale";
      readonly supervisor: number;
      readonly id: string;
      readonly replicas: number;
    }
  | { readonly method: "monitor" | "link" | "unlink"; readonly process: number }
  | { readonly method: "demonitor"; readonly ref: string }
  | {
      readonly method: "elevate";
      readonly rights: CapabilityRequest;
      readonly forMs: number;
      readonly reason?: string | undefined;
      readonly onDefer?: "reject" | "wait" | undefined;
      readonly approval?: string | undefined;
    }
  | { readonly method: "sleep"; readonly ms: number };

/** The answer to `callTool`. */
export interface ToolAnswer {
  readonly output: JsonValue;
  /** What rules want the agent to know. */
  readonly warnings: readonly string[];
}

/** Worker → kernel. */
export type FromWorker =
  | { readonly type: "entered" }
  | { readonly type: "load-failed"; readonly error: CarriedError }
  /** `run` returned, or threw. */
  | { readonly type: "done"; readonly crash: CarriedError | null }
  /** A {@link Call}, checked when it is carried out: a wrong one is its agent's mistake, not a broken protocol. */
  | { readonly type: "call"; readonly id: number; readonly call: object }
  | { readonly type: "cancel"; readonly id: number }
  /** So many messages were taken. */
  | { readonly type: "credit"; readonly count: number }
  | {
      readonly type: "log";
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: LogFields;
      readonly dropped: number;
    }
  /** What it has used, as far as it can tell from within. */
  | { readonly type: "pong"; readonly id: number; readonly used?: Told | undefined };

/** Kernel → worker. */
export type ToWorker =
  /** What to run: the first thing that a process is told. A thread has it from its start. */
  | { readonly type: "start"; readonly start: WorkerStart }
  | { readonly type: "message"; readonly message: Message }
  /** No message comes any more. */
  | { readonly type: "end" }
  | { readonly type: "abort"; readonly error: CarriedError }
  /** Suspended: hand out no message. */
  | { readonly type: "hold" }
  | { readonly type: "release" }
  | { readonly type: "result"; readonly id: number; readonly value: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: CarriedError }
  /** So many log lines were read. */
  | { readonly type: "logged"; readonly count: number }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "child-restarted"; readonly child: number; readonly pid: number }
  | { readonly type: "child-exited"; readonly child: number; readonly reason: ExitReason };

/** Whether it leaves at once, with all before it: the thread may be held or end in this very turn, and this is to be known all the same. */
export function isUrgent(type: unknown): boolean {
  return type === "log" || type === "entered" || type === "done" || type === "load-failed" || type === "pong";
}
