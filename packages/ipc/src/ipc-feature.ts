/** Wires the router into a kernel: its port, its actions, its methods. */
import {
  type ActionDeclaration,
  type Effect,
  type EventKind,
  type Feature,
  type JsonValue,
  KERNEL_PID,
  messageRouter,
  type Payload,
  type ProcessRef,
  processControl,
  processDirectory,
  resourceSources,
  toPid,
} from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { DeadLetters } from "./dead-letter/dead-letters.ts";
import type { Ipc, IpcEvents } from "./ipc.ts";
import { pidOf, readSignal } from "./message/call-input.ts";
import { MessageIds } from "./message/message-ids.ts";
import { Router } from "./routing/router.ts";
import { TopicTable } from "./topic/topic-table.ts";

const zero: Effect = { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0 };

const actions: readonly ActionDeclaration[] = [
  {
    name: "ipc.send",
    description: "Put a message or a reply into another process's mailbox",
    effect: zero,
    audit: "digest",
    rights: ["ipc"],
    role: "operator",
  },
  {
    name: "ipc.publish",
    description: "Give a message to the subscribers of a topic",
    effect: zero,
    audit: "digest",
    rights: ["ipc"],
    role: "operator",
  },
  {
    name: "ipc.subscribe",
    description: "Receive the messages of a topic",
    effect: zero,
    audit: "logged",
    rights: ["ipc"],
    role: "operator",
  },
  {
    name: "ipc.signal",
    description: "Give a process a signal",
    effect: zero,
    audit: "digest",
    rights: ["operator"],
    role: "operator",
  },
];

const events: readonly EventKind[] = [
  {
    kind: "ipc.subscribe",
    description: "A process subscribed to a topic",
    payload: { attributes: "`topic`: its name", outcome: "`ok` or `failed`", error: "code of the failure" },
  },
];

/**
 * Gives processes mailboxes, requests, topics and signals: `kernel.ipc`.
 *
 * @example
 * ```ts no-run
 * const kernel = await Kernel.boot({ features: [process(), ipc()] });
 * const answer = await kernel.ipc.request(pid, { text: "hello" }, { timeoutMs: 500 });
 * ```
 */
export function ipc(): Feature<"ipc", Ipc> {
  return {
    name: "ipc",
    package: "@weftos/ipc",
    provides: [messageRouter, resourceSources],
    needs: [processDirectory, processControl],
    uses: [],
    actions,
    events,
    create(context) {
      const processes = context.need(processDirectory);
      const control = context.need(processControl);
      const emitter = context.events<IpcEvents>();
      const deadLetters = new DeadLetters();
      const topics = new TopicTable();
      const router = new Router({
        clock: context.clock,
        guard: context.guard,
        processes: () => processes,
        ids: new MessageIds(context.random),
        topics,
        deadLetters,
        onDeadLetter: (letter) => emitter.emit("message:dead-lettered", letter),
      });
      const api: Ipc = {
        send: async (to, payload, options) => await router.send(KERNEL_PID, pidOf(to), payload, options),
        request: async (to, payload, options) => await router.request(KERNEL_PID, pidOf(to), payload, options),
        publish: async (topic, payload, options) => await router.publish(KERNEL_PID, topic, payload, options),
        signal: async (to, name) => signal(to, name),
        ping: async (to, options) => {
          const before = context.clock.monotonic();
          await router.requestSignal(KERNEL_PID, pidOf(to), "ping", options);
          return context.clock.monotonic() - before;
        },
        topics: () => topics.list(),
        depth: (to) => router.depth(pidOf(to)),
        deadLetters,
        events: emitter,
      };
      const signal = (to: ProcessRef<never>, given: unknown): void => {
        const pid = pidOf(to);
        const name = readSignal(given);
        const call = {
          action: "ipc.signal",
          subject: { kind: "kernel", id: "0" } as const,
          resource: `process:${pid}`,
          attributes: { pid, signal: name },
          actorPid: KERNEL_PID,
          target: pid,
          bytes: 0,
        };
        context.guard.performSync(call, () => control[name](pid));
      };
      return {
        api,
        provisions: [
          context.provide(messageRouter, router),
          context.provide(resourceSources, {
            owner: "ipc",
            resources: () => [{ path: "/kernel/services/ipc", kind: "service" }],
          }),
        ],
        methods: [agentSend(router)],
        // No `stop`: this feature's turn comes before that of the processes, whose last replies are still carried. Each
        // mailbox closes when its process has ended.
      };
    },
  };
}

function agentSend(router: Router): ReturnType<typeof defineMethod> {
  return defineMethod({
    name: "agent.send",
    description: "Sends a message to a process, and waits for its reply unless told not to",
    role: "operator",
    mutates: true,
    input: z.strictObject({
      pid: z.int().check(z.minimum(1)),
      payload: z.unknown(),
      /** 0: do not wait for a reply. */
      timeoutMs: z._default(z.int().check(z.minimum(0), z.maximum(600_000)), 5000),
    }),
    async run({ pid, payload, timeoutMs }, caller) {
      const to = toPid(pid);
      if (timeoutMs === 0)
        return router.sendAs(caller.subject, KERNEL_PID, to, payload as Payload, { signal: caller.signal });
      const reply = await router.requestAs(caller.subject, KERNEL_PID, to, payload as Payload, {
        timeoutMs,
        signal: caller.signal,
      });
      return { id: reply.id, from: reply.from, kind: reply.kind, payload: jsonOf(reply.payload) };
    },
  });
}

/** Bytes travel as base64 in JSON. */
function jsonOf(payload: Payload): JsonValue {
  if (!(payload instanceof Uint8Array)) return payload;
  let text = "";
  for (const byte of payload) text += String.fromCharCode(byte);
  return btoa(text);
}
