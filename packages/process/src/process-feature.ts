/** Wires processes into a kernel: table, supervisor, capabilities, backends, actions and methods. */
import {
  auditLog,
  capabilityCheck,
  type Feature,
  type FeatureContext,
  type FeatureInstance,
  messageRouter,
  type ProcessControl,
  processControl,
  processDirectory,
  resourceSources,
  spawnBackends,
  toolRunner,
} from "@weftos/interface";
import { parse } from "@weftos/schema";
import { agentMethods } from "./agent-methods.ts";
import { InlineBackend } from "./backends/inline-backend.ts";
import { WorkerBackend } from "./backends/worker-backend.ts";
import { CapabilityChecker } from "./capability/capability-checker.ts";
import { inputProblem } from "./input-invalid.ts";
import { processActions, processEventKinds } from "./process-actions.ts";
import { type ProcessConfig, processConfigSchema } from "./process-config.ts";
import { ProcessService } from "./process-service.ts";
import type { ProcessEvents, Processes } from "./processes.ts";
import { Supervisor } from "./supervision/supervisor.ts";
import { PidBlocks } from "./table/pid-blocks.ts";
import { ProcessTable } from "./table/process-table.ts";

/** Settings given in code; each overrides the configuration's. */
export type ProcessInit = Partial<ProcessConfig>;

/**
 * Gives a kernel processes: `kernel.process`.
 *
 * @param init - overrides of the section `[process]`: `maxProcesses` (10 000), `maxExited` (1000), `startTimeoutMs` (10 000),
 *   `stopTimeoutMs` (5000), `workerMemoryMb` (256)
 *
 * @example
 * ```ts no-run
 * const kernel = await Kernel.boot({ features: [process({ maxProcesses: 100 }), ipc()] });
 * const { pid } = await kernel.process.spawn(echo);
 * ```
 */
export function process(init: ProcessInit = {}): Feature<"process", Processes> {
  return {
    name: "process",
    package: "@weftos/process",
    provides: [processDirectory, processControl, capabilityCheck, spawnBackends, resourceSources],
    needs: [auditLog],
    uses: [messageRouter, toolRunner, spawnBackends],
    actions: processActions,
    events: processEventKinds,
    config: { schema: processConfigSchema },
    create: (context) => create(context, init),
  };
}

function create(context: FeatureContext, init: ProcessInit): FeatureInstance<Processes> {
  const { clock, guard, logger, signal } = context;
  const config = parse(
    processConfigSchema,
    { ...(context.config ?? {}), ...init },
    {
      what: "the configuration of processes",
      error: inputProblem,
    },
  );
  const events = context.events<ProcessEvents>();
  const backends = context.all(spawnBackends);
  const pids = new PidBlocks();
  const limits = { maxLive: config.maxProcesses, maxExited: config.maxExited };
  const table = new ProcessTable(limits, clock.now(), ({ pid, state }, from) => {
    events.emit("process:state-changed", { pid, from, to: state });
  });
  const router = context.use(messageRouter);
  const supervisor: Supervisor = new Supervisor({
    table,
    pids,
    clock,
    random: context.random,
    guard,
    audit: context.need(auditLog),
    logger,
    router,
    backends,
    events,
    host: {
      router,
      tools: context.use(toolRunner),
      logger: context.loggerFor("agent"),
      spawn: (parent, source, options) => service.spawnFrom(parent, source, options),
    },
    startTimeoutMs: config.startTimeoutMs,
    stopTimeoutMs: config.stopTimeoutMs,
  });
  const service: ProcessService = new ProcessService({
    table,
    supervisor,
    guard,
    files: context.platform.files,
    backends,
    events,
  });
  const control: ProcessControl = {
    suspend: (pid) => supervisor.suspend(pid),
    resume: (pid) => supervisor.resume(pid),
    shutdown: (pid) => background("shutdown", supervisor.stop(table.require(pid).pid)),
    kill: (pid) => background("kill", supervisor.kill(table.require(pid).pid)),
  };
  const background = (what: string, work: Promise<void>): void => {
    work.catch((error: unknown) => {
      logger.error("a signal could not be carried out", { signal: what, error: String(error) });
    });
  };
  const shutdown = (): Promise<void> => supervisor.shutdown(config.stopTimeoutMs);
  return {
    api: service,
    provisions: [
      context.provide(processDirectory, table),
      context.provide(processControl, control),
      context.provide(capabilityCheck, new CapabilityChecker(table)),
      context.provide(spawnBackends, new InlineBackend()),
      context.provide(spawnBackends, new WorkerBackend(config.workerMemoryMb, events)),
      context.provide(resourceSources, {
        owner: "process",
        resources: () => [{ path: "/kernel/services/process", kind: "service" }],
      }),
    ],
    methods: agentMethods(service),
    async start() {
      await pids.open(context.platform, context.files, context.dir);
      // Agents begin to end when the shutdown begins, and not in this feature's turn: clients may wait for their replies.
      signal.addEventListener("abort", () => background("shutdown", shutdown()), { once: true });
    },
    async stop(stopSignal) {
      const onAbort = (): void => supervisor.killAll();
      if (stopSignal.aborted) onAbort();
      stopSignal.addEventListener("abort", onAbort, { once: true });
      try {
        await shutdown();
      } finally {
        stopSignal.removeEventListener("abort", onAbort);
        await pids.close();
      }
    },
  };
}
