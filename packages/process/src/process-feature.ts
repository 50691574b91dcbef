/** Wires processes into a kernel: table, supervisor, capabilities, backends, actions and methods. */
import {
  agencyPolicies,
  auditLog,
  budgetLedger,
  capabilityCheck,
  type Feature,
  type FeatureContext,
  type FeatureInstance,
  messageRouter,
  type ProcessControl,
  type ProcessDirectory,
  processControl,
  processDirectory,
  resourceSources,
  spawnBackends,
  toolRunner,
} from "@weftos/interface";
import { parse } from "@weftos/schema";
import { AgentLogger } from "./agent/agent-logger.ts";
import { AgentLogs } from "./agent/agent-logs.ts";
import { sleepFor } from "./agent/agent-sleep.ts";
import { AgentStates } from "./agent/agent-states.ts";
import { stateMethods } from "./agent/state-methods.ts";
import { agentMethods } from "./agent-methods.ts";
import { agentWorkMethods } from "./agent-work-methods.ts";
import { BackendChoice } from "./backends/find-backend.ts";
import { ownBackends } from "./backends/own-backends.ts";
import { budgetMethods } from "./budget/budget-methods.ts";
import { BudgetService } from "./budget/budget-service.ts";
import { Ledger } from "./budget/ledger.ts";
import { ProcessBudget } from "./budget/process-budget.ts";
import { Agency } from "./capability/agency.ts";
import { CapabilityChecker } from "./capability/capability-checker.ts";
import { RightsKeeper } from "./capability/rights-keeper.ts";
import { RightsService } from "./capability/rights-service.ts";
import { inputProblem } from "./input-invalid.ts";
import { processActions, processEventKinds } from "./process-actions.ts";
import { type ProcessConfig, processConfigSchema } from "./process-config.ts";
import { ProcessService } from "./process-service.ts";
import type { ProcessEvents, Processes } from "./processes.ts";
import { StartService } from "./start-service.ts";
import { AgentTies } from "./supervision/agent-ties.ts";
import { recordOf } from "./supervision/child-record.ts";
import { HeldAgents } from "./supervision/held-agents.ts";
import { Recovery } from "./supervision/recovery.ts";
import { Supervisor } from "./supervision/supervisor.ts";
import { PidBlocks } from "./table/pid-blocks.ts";
import { ProcessJournal } from "./table/process-journal.ts";
import { ProcessTable } from "./table/process-table.ts";

/** Of what rules want an agent to know, in one line of its log. */
const MAX_WARNING_LENGTH = 2048;

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
    provides: [processDirectory, budgetLedger, processControl, capabilityCheck, spawnBackends, resourceSources],
    needs: [auditLog],
    uses: [messageRouter, toolRunner, spawnBackends, agencyPolicies],
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
  const disk = context.platform.files;
  const choice = new BackendChoice(backends, config.backendPolicy, config.defaultBackend);
  const states = statesOf(context, config);
  events.on("process:exited", ({ pid }) => {
    guard.forget({ kind: "process", id: String(pid) });
    background("release", states.release(pid));
  });
  const ledger = new Ledger();
  const logs = new AgentLogs(clock);
  const agentLog = logs.over(context.loggerFor("agent"));
  // What is told of an agent stands beside what it wrote.
  const told = logs.over(logger);
  const agency = new Agency(context.all(agencyPolicies));
  const journal = new ProcessJournal({
    logger,
    living: () => supervisor.living().map(recordOf),
    count: () => supervisor.count,
  });
  const supervisor: Supervisor = new Supervisor({
    table,
    journal,
    pids,
    clock,
    random: context.random,
    guard,
    audit: context.need(auditLog),
    logger: told,
    router,
    backends,
    events,
    host: {
      router,
      tools: context.use(toolRunner),
      logger: agentLog,
      spawn: (parent, source, options) => starts.spawn(parent, source, options),
      supervise: (parent, spec, free) => starts.superviseFor(parent, spec, free),
      ties: new AgentTies({
        table,
        guard,
        links: () => supervisor.links,
        traps: (pid) => supervisor.find(pid)?.spec.trapExit === true,
      }),
      elevate: ({ pid }, wanted, options) => rights.elevateOwn(pid, wanted, options),
      sleep: (ms, signals) => sleepFor(clock, ms, signals),
      budget: (entry, ended) => new ProcessBudget(entry, ledger, ended),
      state: (entry) => states.of(entry.pid, table.lineage(entry), supervisor.diskLimit(entry)),
    },
    startTimeoutMs: config.startTimeoutMs,
    files: disk,
    stopTimeoutMs: config.stopTimeoutMs,
    hungKillMs: config.hungKillMs,
    maxDescendants: config.maxDescendants,
    rights: () => keeper,
    agency,
    ledger,
    diskBytes: config.stateBytes,
  });
  const keeper: RightsKeeper = new RightsKeeper({
    table,
    agency,
    clock,
    audit: context.need(auditLog),
    logger,
    find: (pid) => supervisor.find(pid),
    living: () => supervisor.living(),
    held: (pid) => router().rightsChanged(pid),
    changed: (child) => supervisor.changed(child),
  });
  const held = new HeldAgents({
    pidNow: (pid) => keeper.pidNow(pid),
    find: (pid) => supervisor.find(pid),
    leftSuspended: (pid) => journal.leftSuspended(pid),
    events,
  });
  const directory: ProcessDirectory = {
    find: (pid) => table.find(pid),
    state: (pid) => table.state(pid),
    list: () => table.list(),
    held: (pid) => held.until(pid),
  };
  const rights = new RightsService({ table, keeper, guard, files: disk, flushed: () => journal.flushed() });
  const starts: StartService = new StartService({
    table,
    supervisor,
    guard,
    files: disk,
    folder: context.platform.workingFolder(),
    choice,
    agency,
    journal,
    ledger,
    clock,
    startTimeoutMs: config.startTimeoutMs,
    logger: told,
  });
  const service = new ProcessService({
    table,
    supervisor,
    starts,
    guard,
    rights,
    budgets: new BudgetService({ table, ledger, guard }),
    clock,
    backends,
    events,
    diskBytes: (pid) => states.bytes(pid),
  });
  const recovery = new Recovery({
    service: starts,
    journal,
    clock,
    audit: context.need(auditLog),
    logger: told,
    events,
    without: config.withoutAgents,
  });
  const control: ProcessControl = {
    suspend(pid) {
      // A rule may want it again of one that acts on: it is what was wanted.
      if (table.state(pid) !== "suspended") supervisor.suspend(pid);
    },
    resume: (pid) => supervisor.resume(pid),
    shutdown: (pid) => background("shutdown", supervisor.stop(table.require(pid).pid)),
    kill: (pid) => background("kill", supervisor.kill(table.require(pid).pid)),
    waiting: (pid, on) => table.entry(pid)?.waiting(on) ?? (() => undefined),
    warned(pid, action, warnings) {
      const agent = table.entry(pid)?.name;
      if (agent === undefined) return;
      const told = warnings.join("; ").slice(0, MAX_WARNING_LENGTH);
      new AgentLogger(agentLog, pid, agent).warn(`rules warn of ${action}: ${told}`, { action });
    },
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
      context.provide(processDirectory, directory),
      context.provide(budgetLedger, ledger),
      context.provide(processControl, control),
      context.provide(capabilityCheck, new CapabilityChecker(table)),
      ...ownBackends(context, config, events).map((backend) => context.provide(spawnBackends, backend)),
      context.provide(resourceSources, {
        owner: "process",
        resources: () => [{ path: "/kernel/services/process", kind: "service" }],
      }),
    ],
    get methods() {
      return [
        ...agentMethods(service),
        ...agentWorkMethods(service, logs),
        ...stateMethods(states, guard),
        ...budgetMethods(service),
      ];
    },
    async start() {
      const { platform, files, dir } = context;
      recovery.left = await journal.open(platform, files, dir);
      await pids.open(platform, files, dir, { known: journal.highest, logger });
      const { droppedBytes: bytes } = await ledger.start(platform, files, dir);
      if (bytes > 0)
        logger.warn("the journal of budgets had a torn end: what was spent last may be free again", { bytes });
      // Agents begin to end when the shutdown begins, and not in this feature's turn: clients may wait for their replies.
      signal.addEventListener("abort", () => background("shutdown", shutdown()), { once: true });
    },
    async ready() {
      for (const backend of choice.missing()) {
        const available = backends().map(({ name }) => name);
        logger.warn("the configuration names a spawn backend that there is not: agents for it do not start", {
          backend,
          available,
        });
      }
      await recovery.run(signal);
      // Whoever did not come back spends no more; a shutdown leaves the rest to the next kernel.
      if (!signal.aborted) await ledger.closeLeft();
    },
    async stop(stopSignal) {
      const onAbort = (): void => supervisor.killAll();
      if (stopSignal.aborted) onAbort();
      stopSignal.addEventListener("abort", onAbort, { once: true });
      try {
        await shutdown();
      } finally {
        stopSignal.removeEventListener("abort", onAbort);
        await journal.close();
        await ledger.stop();
        await states.close();
        await pids.close();
      }
    },
  };
}

function statesOf({ platform, files, dir, logger }: FeatureContext, config: ProcessConfig): AgentStates {
  return new AgentStates({ platform, files, dir, logger, maxAgents: config.stateAgents });
}
