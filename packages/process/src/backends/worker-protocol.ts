/**
 * What a kernel and a worker agent say to each other over the worker's port: structured clones of these objects. The
 * kernel checks everything that comes from a worker by schema; the worker trusts its kernel.
 */
import type {
  ExitReason,
  JsonValue,
  LogFields,
  LogLevel,
  Message,
  MessageTarget,
  Payload,
  Schema,
  SendOptions,
  SpawnOptions,
  SubscribeOptions,
  WeftErrorJson,
} from "@weftos/interface";
import { z } from "@weftos/schema";
import { isJson } from "../json-input.ts";
import type { Measured } from "./place.ts";

/** Messages that may be on their way to a worker, or lie in it untaken. */
export const CREDIT = 64;
/** Calls of one worker that may be unanswered; the client keeps to a quarter of it. */
export const MAX_CALLS = 1024;
/** Log lines of one worker that may be unread; more are dropped by the client, which says how many. */
export const LOG_WINDOW = 256;

/** What a worker is started with. */
export interface WorkerStart {
  readonly module: string;
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  readonly input: JsonValue;
  readonly environment: Readonly<Record<string, string>>;
  /** Log levels that are written. */
  readonly levels: readonly LogLevel[];
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
  | { readonly method: "spawn"; readonly module: string; readonly options: SpawnOptions };

/** Worker → kernel. */
export type FromWorker =
  | { readonly type: "entered" }
  | { readonly type: "load-failed"; readonly error: CarriedError }
  /** `run` returned, or threw. */
  | { readonly type: "done"; readonly crash: CarriedError | null }
  /** A {@link Call}, checked when it is carried out: a wrong one is its agent's mistake, not a broken protocol. */
  | { readonly type: "call"; readonly id: number; readonly call: unknown }
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
  | { readonly type: "pong"; readonly id: number; readonly used?: Measured | undefined };

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

const id = z.int().check(z.minimum(1));
const count = z.int().check(z.minimum(0));
const text = (longest: number) => z.string().check(z.maxLength(longest));
const options = z.strictObject({
  trace: z.nullable(text(64)),
  kind: z.optional(z.enum(["toolCall", "toolResult", "rvf"])),
  segmentType: z.optional(count),
  forwards: z.optional(z.strictObject({ hops: count, trace: z.optional(text(64)) })),
  reliable: z.optional(z.boolean()),
  key: z.optional(text(128)),
});
/** A target is checked by the router. */
const to = z.union([count, z.looseObject({ kind: text(32) })]);
const durable = z.strictObject({ name: text(128), from: z.optional(count) });
const payload = z.custom((value) => value instanceof Uint8Array || isJson(value), "expected text, bytes or JSON");
const json = z.custom((value) => isJson(value), "expected JSON");
const object = z.custom((value) => isJson(value) && typeof value === "object" && value !== null, "expected an object");
const error = z.strictObject({
  weft: z.boolean(),
  code: text(128),
  message: text(4096),
  retryable: z.boolean(),
  details: object,
});
const topic = text(1024);

/** Everything an agent in a worker may ask. */
export const callSchema = z.discriminatedUnion("method", [
  z.strictObject({ method: z.literal("send"), to, payload, options }),
  z.strictObject({ method: z.literal("request"), to, payload, options, timeoutMs: z.optional(z.number()) }),
  z.strictObject({ method: z.literal("acknowledge"), message: text(64) }),
  z.strictObject({ method: z.literal("reply"), request: text(64), payload }),
  z.strictObject({ method: z.literal("replyError"), request: text(64), error }),
  z.strictObject({ method: z.literal("publish"), topic, payload, options }),
  z.strictObject({ method: z.literal("broadcast"), payload, options }),
  z.strictObject({
    method: z.literal("subscribe"),
    topic,
    options: z.strictObject({ group: z.optional(text(64)), durable: z.optional(durable) }),
  }),
  z.strictObject({
    method: z.literal("unsubscribe"),
    topic,
    options: z.strictObject({ group: z.optional(text(64)) }),
  }),
  z.strictObject({
    method: z.literal("callTool"),
    name: text(256),
    input: json,
    onDefer: z.optional(z.enum(["reject", "wait"])),
    approval: z.optional(text(64)),
  }),
  z.strictObject({ method: z.literal("listTools") }),
  // Keys and sizes are checked by the state itself.
  z.strictObject({ method: z.literal("stateGet"), key: text(1024) }),
  z.strictObject({ method: z.literal("stateRemove"), key: text(1024) }),
  z.strictObject({ method: z.literal("stateSet"), key: text(1024), value: json }),
  z.strictObject({ method: z.literal("stateKeys") }),
  // The options are checked by spawn itself.
  z.strictObject({ method: z.literal("spawn"), module: text(1_000_000), options: object }),
]) as unknown as Schema<unknown, Call>;

const figure = z.optional(z.number().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER)));
const used = z.strictObject({ cpuMs: figure, memoryBytes: figure });

/** Everything a worker may say. */
export const fromWorkerSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("entered") }),
  z.strictObject({ type: z.literal("load-failed"), error }),
  z.strictObject({ type: z.literal("done"), crash: z.nullable(error) }),
  z.strictObject({ type: z.literal("call"), id, call: z.unknown() }),
  z.strictObject({ type: z.literal("cancel"), id }),
  z.strictObject({ type: z.literal("credit"), count: z.int().check(z.minimum(1), z.maximum(CREDIT)) }),
  z.strictObject({
    type: z.literal("log"),
    level: z.enum(["trace", "debug", "info", "warn", "error"]),
    message: text(16_384),
    fields: object,
    dropped: count,
  }),
  z.strictObject({ type: z.literal("pong"), id, used: z.optional(used) }),
]) as unknown as Schema<unknown, FromWorker>;
