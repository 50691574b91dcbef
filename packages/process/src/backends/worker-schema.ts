/** What an agent outside the kernel's thread may say: the kernel checks everything that comes from one against this. */
import type { Schema } from "@weftos/interface";
import { z } from "@weftos/schema";
import { isJson } from "../json-input.ts";
import { type Call, CREDIT, type FromWorker, MAX_LOG_FIELDS } from "./worker-protocol.ts";

const id = z.int().check(z.minimum(1));
const count = z.int().check(z.minimum(0));
const text = (longest: number) => z.string().check(z.maxLength(longest));
const options = z.lazy(() =>
  z.strictObject({
    trace: z.nullable(text(64)),
    kind: z.optional(z.enum(["toolCall", "toolResult", "rvf"])),
    segmentType: z.optional(count),
    forwards: z.optional(z.strictObject({ hops: count, trace: z.optional(text(64)) })),
    reliable: z.optional(z.boolean()),
    key: z.optional(text(128)),
  }),
);
/** A target is checked by the router. */
const to = z.union([count, z.looseObject({ kind: text(32) })]);
const durable = z.strictObject({ name: text(128), from: z.optional(count) });
const payload = z.custom((value) => value instanceof Uint8Array || isJson(value), "expected text, bytes or JSON");
const json = z.custom((value) => isJson(value), "expected JSON");
const object = z.custom((value) => isJson(value) && typeof value === "object" && value !== null, "expected an object");
const fields = z.custom(
  (value) =>
    isJson(value) && typeof value === "object" && value !== null && JSON.stringify(value).length <= MAX_LOG_FIELDS,
  `expected an object of at most ${MAX_LOG_FIELDS} characters as JSON`,
);
const error = z.strictObject({
  weft: z.boolean(),
  code: text(128),
  message: text(4096),
  retryable: z.boolean(),
  details: object,
});
const topic = text(1024);
const onExhausted = z.optional(z.enum(["reject", "wait"]));

/** Everything an agent in a worker may ask. */
export const callSchema = z.lazy(() =>
  z.discriminatedUnion("method", [
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
    // Amounts are checked by the budget itself.
    z.strictObject({ method: z.literal("budgetRemaining") }),
    z.strictObject({ method: z.literal("budgetSpend"), amount: object, onExhausted }),
    z.strictObject({ method: z.literal("budgetReserve"), amount: object, onExhausted }),
    z.strictObject({ method: z.literal("budgetSettle"), hold: text(128), actual: z.optional(object) }),
    z.strictObject({ method: z.literal("budgetRelease"), hold: text(128) }),
    // The options are checked by spawn itself.
    z.strictObject({ method: z.literal("spawn"), module: text(1_000_000), options: object }),
    // So are specifications, by the supervisor.
    z.strictObject({ method: z.literal("supervise"), spec: object }),
    z.strictObject({ method: z.literal("supervisorChildren"), supervisor: id }),
    z.strictObject({ method: z.literal("supervisorAdd"), supervisor: id, child: object }),
    z.strictObject({ method: z.literal("supervisorRemove"), supervisor: id, id: text(1024) }),
    z.strictObject({ method: z.literal("supervisorScale"), supervisor: id, id: text(1024), replicas: z.number() }),
    z.strictObject({ method: z.literal("monitor"), process: count }),
    z.strictObject({ method: z.literal("link"), process: count }),
    z.strictObject({ method: z.literal("unlink"), process: count }),
    z.strictObject({ method: z.literal("demonitor"), ref: text(64) }),
    // The rights are checked where they are changed.
    z.strictObject({
      method: z.literal("elevate"),
      rights: object,
      forMs: z.number(),
      reason: z.optional(text(4096)),
      onDefer: z.optional(z.enum(["reject", "wait"])),
      approval: z.optional(text(64)),
    }),
    z.strictObject({ method: z.literal("sleep"), ms: z.number() }),
  ]),
) as unknown as Schema<unknown, Call>;

const figure = z.optional(z.number().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER)));
const used = z.strictObject({ cpuMs: figure, memoryBytes: figure, idle: z.boolean() });

/** Everything a worker may say. */
export const fromWorkerSchema = z.lazy(() =>
  z.discriminatedUnion("type", [
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
      fields,
      dropped: count,
    }),
    z.strictObject({ type: z.literal("pong"), id, used: z.optional(used) }),
  ]),
) as unknown as Schema<unknown, FromWorker>;
