/** The methods of messaging, for every wire and the command line. */
import {
  type JsonValue,
  KERNEL_PID,
  type Message,
  type Method,
  type MethodCaller,
  type Payload,
  toPid,
} from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import type { DeadLetter, DeadLetterReason } from "./dead-letter/dead-letter.ts";
import type { DeadLetterDesk } from "./dead-letter/dead-letter-desk.ts";
import type { Ipc } from "./ipc.ts";
import { DeadLetterNotFoundError } from "./ipc-errors.ts";
import { storePayload } from "./message/stored-payload.ts";
import type { Router } from "./routing/router.ts";
import type { Streams } from "./topic/streams.ts";

const reasons = [
  "target-not-found",
  "inbox-full",
  "dropped-oldest",
  "target-exited",
  "late-reply",
  "no-handler",
  "unacknowledged",
  "stream-stalled",
  "not-kept",
  "retention",
] as const satisfies readonly DeadLetterReason[];

const filter = {
  pid: z.optional(z.int().check(z.minimum(0))),
  to: z.optional(z.string().check(z.maxLength(256))),
  reason: z.optional(z.enum(reasons)),
  since: z.optional(z.int().check(z.minimum(0))),
  until: z.optional(z.int().check(z.minimum(0))),
};
const letterId = z.string().check(z.minLength(1), z.maxLength(64));

/** What the methods call. */
export interface MethodDeps {
  readonly router: Router;
  readonly api: Ipc;
  readonly desk: DeadLetterDesk;
  readonly streams: Streams;
}

/** Makes the methods. */
export function ipcMethods({ router, api, desk, streams }: MethodDeps): readonly Method[] {
  return [
    agentSend(router),
    defineMethod({
      name: "ipc.topics",
      description: "Lists topics and patterns with their subscribers",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => ({ topics: api.topics().map((topic) => ({ ...topic })) }),
    }),
    ...streamMethods(streams),
    defineMethod({
      name: "ipc.publish",
      description: "Gives a message to the subscribers of a topic",
      role: "operator",
      mutates: true,
      input: z.strictObject({
        topic: z.string().check(z.maxLength(256)),
        payload: z.unknown(),
        trace: z.optional(z.string().check(z.maxLength(64))),
      }),
      run: async ({ topic, payload, trace }, { subject, signal }) => {
        const counts = await router.publishAs(subject, KERNEL_PID, topic, payload as Payload, { trace, signal });
        return { ...counts };
      },
    }),
    defineMethod({
      name: "ipc.trace",
      description: "Lists the newest messages of a trace, by its id or by the id of one of its messages",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ id: z.string().check(z.minLength(1), z.maxLength(64)) }),
      run: ({ id }) => ({ steps: api.trace(id).map((step) => definedOnly(step)) }),
    }),
    defineMethod({
      name: "ipc.dead-letters.list",
      description: "Lists what could not be delivered, oldest first, with counts since the start by reason",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ ...filter, limit: z.optional(z.int().check(z.minimum(1), z.maximum(10_000))) }),
      run: (input) => ({
        counts: { ...api.deadLetters.counts() },
        letters: api.deadLetters.list(input).map((letter) => shortly(letter)),
      }),
    }),
    defineMethod({
      name: "ipc.dead-letters.show",
      description: "Shows a dead letter with what was sent",
      role: "operator",
      mutates: false,
      input: z.strictObject({ id: letterId }),
      run: ({ id }) => {
        const letter = api.deadLetters.find(id);
        if (letter === undefined)
          throw new DeadLetterNotFoundError("there is no such dead letter", { details: { id } });
        const { payload } = letter;
        return { ...shortly(letter), payload: payload === undefined ? null : storePayload(payload) };
      },
    }),
    defineMethod({
      name: "ipc.dead-letters.replay",
      description: "Sends a dead letter again, to its target or to another process; removes it once it is delivered",
      role: "operator",
      mutates: true,
      input: z.strictObject({ id: letterId, pid: z.optional(z.int().check(z.minimum(1))) }),
      run: async ({ id, pid }, { subject, signal }) => {
        const options = pid === undefined ? { signal } : { signal, to: toPid(pid) };
        const { status, id: sent } = await desk.replay(subject, id, options);
        return { status, id: sent };
      },
    }),
    defineMethod({
      name: "ipc.dead-letters.purge",
      description: "Removes dead letters: those that fit",
      role: "operator",
      mutates: true,
      input: z.strictObject(filter),
      run: async (input, caller) => ({ purged: await desk.purge(caller.subject, input) }),
    }),
  ];
}

function streamMethods(streams: Streams): readonly Method[] {
  const stream = z.string().check(z.minLength(1), z.maxLength(64));
  const reading = {
    most: z.optional(z.int().check(z.minimum(1), z.maximum(1000))),
    waitMs: z.optional(z.int().check(z.minimum(0), z.maximum(25_000))),
  };
  return [
    defineMethod({
      name: "ipc.subscribe",
      description:
        "Opens a stream of the messages of a topic or pattern, or goes on reading one: what is there, or the first to come within the time. A stream ends when nobody reads it for 30 seconds",
      role: "operator",
      mutates: true,
      input: z.union([
        z.strictObject({
          pattern: z.string().check(z.maxLength(256)),
          buffer: z.optional(z.int().check(z.minimum(1), z.maximum(10_000))),
          ...reading,
        }),
        z.strictObject({ stream, ...reading }),
      ]),
      async run(input, { subject, signal }) {
        const { most = 100, waitMs = 0 } = input;
        const id =
          "stream" in input ? input.stream : await streams.lease(subject, input.pattern, { buffer: input.buffer });
        const messages = await streams.read(subject, id, most, waitMs, signal);
        return { stream: id, messages: messages.map((message) => messageJson(message)) };
      },
    }),
    defineMethod({
      name: "ipc.unsubscribe",
      description: "Ends a stream of the caller's own",
      role: "operator",
      mutates: false,
      input: z.strictObject({ stream }),
      run: ({ stream: id }, { subject }) => {
        streams.end(subject, id);
        return { ended: true };
      },
    }),
  ];
}

function messageJson(message: Message): JsonValue {
  const { id, from, node, target, kind, payload, sentAt, trace, segmentType } = message;
  return definedOnly({ id, from, node, target, kind, payload: storePayload(payload), sentAt, trace, segmentType });
}

function agentSend(router: Router): Method {
  return defineMethod({
    name: "agent.send",
    description: "Sends a message to a process, and waits for its reply unless told not to",
    role: "operator",
    mutates: true,
    input: z.strictObject({
      pid: z.int().check(z.minimum(1)),
      payload: z.unknown(),
      trace: z.optional(z.string().check(z.maxLength(64))),
      /** 0: do not wait for a reply. */
      timeoutMs: z._default(z.int().check(z.minimum(0), z.maximum(600_000)), 5000),
    }),
    async run({ pid, payload, timeoutMs, trace }, { subject, signal }: MethodCaller): Promise<JsonValue> {
      const to = toPid(pid);
      if (timeoutMs === 0) {
        const { status, id } = await router.sendAs(subject, KERNEL_PID, to, payload as Payload, { signal, trace });
        return { status, id };
      }
      const options = { timeoutMs, signal, trace };
      return replyJson(await router.requestAs(subject, KERNEL_PID, to, payload as Payload, options));
    },
  });
}

function replyJson({ id, from, kind, payload }: Message): JsonValue {
  return { id, from, kind, payload: storePayload(payload) };
}

function shortly({ payload, ...letter }: DeadLetter): { readonly [name: string]: JsonValue } {
  return { ...definedOnly(letter), kept: payload !== undefined };
}

/** Leaves out what is undefined: JSON has no such value. */
function definedOnly(value: object): { readonly [name: string]: JsonValue } {
  return JSON.parse(JSON.stringify(value)) as { readonly [name: string]: JsonValue };
}
