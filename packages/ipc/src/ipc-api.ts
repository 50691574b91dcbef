/** Makes `kernel.ipc`: the router in the name of the kernel. */
import {
  type Clock,
  type EventSource,
  type Guard,
  KERNEL_PID,
  type ProcessControl,
  type ProcessRef,
} from "@weftos/interface";
import type { Cron } from "./cron/cron.ts";
import type { DeadLetterDesk } from "./dead-letter/dead-letter-desk.ts";
import type { DeadLetters } from "./dead-letter/dead-letters.ts";
import type { Ipc, IpcEvents } from "./ipc.ts";
import { pidOf, readSignal, recipientOf } from "./message/call-input.ts";
import type { Router } from "./routing/router.ts";
import type { TraceLog } from "./routing/trace-log.ts";
import type { DurableTopics } from "./topic/durable-topics.ts";
import type { Streams } from "./topic/streams.ts";
import type { Subscriptions } from "./topic/subscriptions.ts";

export interface IpcDeps {
  readonly clock: Clock;
  readonly guard: Guard;
  readonly router: Router;
  readonly topics: Subscriptions;
  readonly traces: TraceLog;
  readonly deadLetters: DeadLetters;
  readonly desk: DeadLetterDesk;
  readonly durables: DurableTopics;
  readonly streams: Streams;
  readonly control: ProcessControl;
  readonly events: EventSource<IpcEvents>;
  readonly cron: Cron;
}

const kernel = { kind: "kernel", id: "0" } as const;

export function makeIpc(deps: IpcDeps): Ipc {
  const { router, topics, traces, deadLetters, desk } = deps;
  return {
    send: async (to, payload, options) => await router.send(KERNEL_PID, recipientOf(to), payload, options),
    trySend: (to, payload, options) => router.trySend(KERNEL_PID, to as never, payload, options),
    request: async (to, payload, options) => await router.request(KERNEL_PID, recipientOf(to), payload, options),
    publish: (topic, payload, options) => router.publish(KERNEL_PID, topic, payload, options),
    broadcast: (payload, options) => router.broadcast(KERNEL_PID, payload, options),
    stream: (pattern, options) => deps.streams.open(kernel, pattern, options),
    handle: (handler) => router.handlers.add(handler),
    signal: async (to, name) => giveSignal(deps, to, name),
    async ping(to, options) {
      const before = deps.clock.monotonic();
      await router.requestSignal(KERNEL_PID, pidOf(to), "ping", options);
      return deps.clock.monotonic() - before;
    },
    topics: () => topics.list(),
    depth: (to) => router.depth(pidOf(to)),
    trace: (id) => traces.find(id),
    deadLetters: {
      counts: () => deadLetters.counts(),
      list: (filter) => deadLetters.list(filter),
      find: (id) => deadLetters.find(id),
      replay: (id, options) => desk.replay(kernel, id, options),
      purge: (filter = {}) => desk.purge(kernel, filter),
    },
    durables: {
      list: () => deps.durables.list(),
      remove: (name) => deps.durables.remove(name),
    },
    cron: deps.cron,
    events: deps.events,
  };
}

function giveSignal({ guard, control }: IpcDeps, to: ProcessRef<never>, given: unknown): void {
  const pid = pidOf(to);
  const name = readSignal(given);
  const call = {
    action: "ipc.signal",
    subject: kernel,
    resource: `process:${pid}`,
    attributes: { pid, signal: name },
    actorPid: KERNEL_PID,
    target: pid,
    bytes: 0,
  };
  guard.performSync(call, () => control[name](pid));
}
