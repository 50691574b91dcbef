/** Wires messaging into a kernel: the router with its port, journals, cron, methods. */
import {
  capabilityCheck,
  type Feature,
  type FeatureContext,
  type FeatureInstance,
  messageRouter,
  processControl,
  processDirectory,
  remoteTransport,
  resourceSources,
  serviceDirectory,
  toolRunner,
} from "@weftos/interface";
import { cronActions, cronEventKinds } from "./cron/cron-actions.ts";
import { makeCron } from "./cron/cron-feature.ts";
import { cronResources } from "./cron/cron-resources.ts";
import { DeadLetterDesk } from "./dead-letter/dead-letter-desk.ts";
import { DeadLetterFile } from "./dead-letter/dead-letter-file.ts";
import { DeadLetters } from "./dead-letter/dead-letters.ts";
import { Outbox } from "./delivery/outbox.ts";
import type { Ipc, IpcEvents } from "./ipc.ts";
import { ipcActions, ipcEvents } from "./ipc-actions.ts";
import { makeIpc } from "./ipc-api.ts";
import { ipcMethods } from "./ipc-methods.ts";
import { MessageIds } from "./message/message-ids.ts";
import { Router } from "./routing/router.ts";
import { TraceLog } from "./routing/trace-log.ts";
import { DurableTopics } from "./topic/durable-topics.ts";
import { Streams } from "./topic/streams.ts";
import { Subscriptions } from "./topic/subscriptions.ts";
import { cronCommands } from "./work-loop/cron-commands.ts";

/**
 * Gives processes mailboxes, requests, topics, signals and jobs: `kernel.ipc`.
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
    needs: [processDirectory, processControl, capabilityCheck, serviceDirectory],
    uses: [toolRunner, remoteTransport],
    actions: [...ipcActions, ...cronActions],
    events: [...ipcEvents, ...cronEventKinds],
    create,
  };
}

function create(context: FeatureContext): FeatureInstance<Ipc> {
  const { clock, guard, logger } = context;
  const processes = context.need(processDirectory);
  const rights = context.need(capabilityCheck);
  const services = context.need(serviceDirectory);
  const transports = context.all(remoteTransport);
  const emitter = context.events<IpcEvents>();
  const deadLetters = new DeadLetters();
  const topics = new Subscriptions();
  const traces = new TraceLog();
  const ids = new MessageIds(context.random);
  const router = new Router({
    clock,
    guard,
    signal: context.signal,
    rights: () => rights,
    processes: () => processes,
    services: () => services,
    remote: () => transports()[0],
    ids,
    topics,
    deadLetters,
    traces,
    onDeadLetter: (letter) => emitter.emit("message:dead-lettered", letter),
  });
  const letterFile = new DeadLetterFile(context, deadLetters);
  const outbox = new Outbox({ context, ids, router, lettersKept: () => letterFile.flush() });
  const durables = new DurableTopics({
    context,
    ids,
    topics,
    lost: (message, pid) => router.bury(message, "retention", pid),
  });
  router.keepWith({ outbox, durables });
  const streams = new Streams({ clock, guard, topics });
  const cron = makeCron(context, {
    router: {
      sendAs: async (...call) => await router.sendAs(...call),
      requestAs: (...call) => router.requestAs(...call),
      publishAs: (...call) => router.publishAs(...call),
    },
    processes,
    tools: context.use(toolRunner),
  });
  router.handlers.add(cronCommands(cron.api));
  const desk = new DeadLetterDesk(router, guard, deadLetters);
  const api = makeIpc({
    clock,
    guard,
    router,
    topics,
    traces,
    deadLetters,
    desk,
    durables,
    streams,
    control: context.need(processControl),
    events: emitter,
    cron: cron.api,
  });
  return {
    api,
    provisions: [
      context.provide(messageRouter, router),
      context.provide(resourceSources, {
        owner: "ipc",
        resources: () => [{ path: "/kernel/services/ipc", kind: "service" }],
      }),
      context.provide(
        resourceSources,
        cronResources(() => cron.api.list()),
      ),
    ],
    get methods() {
      return [...ipcMethods({ router, api, desk, streams }), ...cron.methods];
    },
    async start() {
      await Promise.all([letterFile.open(), outbox.open(), durables.open()]);
      await cron.start();
    },
    async ready() {
      outbox.resume();
      for (const transport of transports()) transport.receive((...received) => router.fromRemote(...received));
      await cron.ready();
    },
    async stop(signal) {
      streams.close();
      await cron.stop();
      // Processes end since the shutdown began. Their last replies are carried, and what they leave behind is kept.
      await router.empty(signal);
      router.endRequests();
      await durables.close();
      await outbox.close();
      await letterFile.close();
      logger.debug("messaging has stopped", { deadLetters: deadLetters.size });
    },
  };
}
