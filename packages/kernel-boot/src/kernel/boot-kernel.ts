/**
 * Boots a kernel: options → feature graph → configuration → state directory → create → start. Nothing is touched before the
 * graph is known to fit, and a failure anywhere undoes what was done before it.
 */
import {
  type ActionCatalogue,
  type AuditLog,
  type AuditReader,
  approvedRunner,
  auditLog,
  auditReader,
  type Feature,
  methodTable,
  type Pid,
  type Platform,
  principals,
  processDirectory,
  resourceSources,
  serviceDirectory,
} from "@weftos/interface";
import { ActionRunner } from "../action/action-runner.ts";
import { type LoadedConfig, loadConfig } from "../config/load-config.ts";
import { featureContext } from "../graph/feature-context.ts";
import { type FeaturePlan, planFeatures } from "../graph/feature-graph.ts";
import { startError, startFeatures } from "../graph/feature-life.ts";
import { PortCells } from "../graph/port-cells.ts";
import { auditOnBehalf } from "../guard/audit-on-behalf.ts";
import { KernelGuard } from "../guard/kernel-guard.ts";
import { type MemoryAudit, memoryAudit } from "../guard/memory-audit.ts";
import { KernelMethodTable } from "../method/kernel-method-table.ts";
import { guardedServices, recordEnd, serviceResources } from "../service/kernel-services.ts";
import { ServiceRegistry } from "../service/service-registry.ts";
import { absolutePath, openStateDirectory, type StateDirectory } from "../state/state-directory.ts";
import { VERSION } from "../version.ts";
import { checkOptions, joinFeatures } from "./boot-options.ts";
import {
  BUILT_IN,
  catalogueOf,
  checkProvisions,
  countLive,
  declareHostActions,
  FALLBACK,
  missingPorts,
  providerOf,
} from "./feature-checks.ts";
import { checkHost, onHostSignals } from "./host-signals.ts";
import { onHostUnhandled } from "./host-unhandled.ts";
import type { BootOptions } from "./kernel.ts";
import { KernelCore } from "./kernel-core.ts";
import { kernelMethods } from "./kernel-feature.ts";
import { RESERVED_NAMES, RunningKernel } from "./running-kernel.ts";

/** Boots a kernel with the default features given and those of the options. See `Kernel.boot`. */
export async function bootKernel(defaults: readonly Feature[], options: BootOptions): Promise<RunningKernel> {
  checkOptions(options);
  const features = joinFeatures(defaults, options.features ?? [], RESERVED_NAMES);
  const platform = options.platform ?? (await import("@weftos/platform")).nodePlatform();
  if (options.signals === true) checkHost("signals", platform);
  if (options.surviveUnhandled === true) checkHost("surviveUnhandled", platform);
  const core = new KernelCore(platform.clock, options);
  const boot = new Boot(core, platform, options);
  try {
    return await boot.run(features);
  } catch (error) {
    await boot.undo(error);
    throw error;
  }
}

/** One boot: what it has opened so far, so that it can be undone. */
class Boot {
  readonly #core: KernelCore;
  readonly #platform: Platform;
  readonly #options: BootOptions;
  #state: StateDirectory | undefined;

  constructor(core: KernelCore, platform: Platform, options: BootOptions) {
    this.#core = core;
    this.#platform = platform;
    this.#options = options;
  }

  async run(features: readonly Feature[]): Promise<RunningKernel> {
    const core = this.#core;
    const { timer } = core;
    core.say("init", `WeftOS ${VERSION}`);
    core.say("init", "PID 0 is the kernel");
    const plan = planFeatures(features, BUILT_IN, FALLBACK);
    const given = this.#options.dir;
    const dir = given === undefined ? undefined : absolutePath(given, this.#platform.workingFolder());
    const config = await timer.time("config", () => this.#loadConfig(features, dir));
    const state = await timer.time("state", () => this.#openState(dir));
    const auditProvider = providerOf(plan.order, auditLog.name);
    const fallback = auditProvider === undefined ? await this.#memoryAudit() : undefined;
    const kernel = this.#assemble(plan, config, state, fallback);
    await this.#start(kernel, plan, config);
    return kernel;
  }

  /** Gives back what a failed boot holds; features were stopped by then. */
  async undo(error: unknown): Promise<void> {
    const core = this.#core;
    core.beginStop();
    core.say("ready", `boot failed: ${error instanceof Error ? error.message : String(error)}`, "error");
    await this.#state?.lock?.release().catch(() => undefined);
    await core.output.close().catch(() => undefined);
    core.timer.end();
    core.state = "halted";
  }

  async #loadConfig(features: readonly Feature[], dir: string | undefined): Promise<LoadedConfig> {
    const { files } = this.#platform;
    const config = await loadConfig(this.#options.config, {
      features,
      files,
      dir,
      workingFolder: this.#platform.workingFolder(),
      environment: () => this.#platform.environment(),
    });
    const { output } = this.#core;
    for (const levels of [config.kernel.logLevels, config.logLevels, this.#options.logLevels]) {
      if (levels !== undefined) output.setLevels(levels);
    }
    const from = config.sources.length === 0 ? "defaults" : config.sources.join(", ");
    this.#core.say("config", `configuration from ${from}`);
    return config;
  }

  async #openState(dir: string | undefined): Promise<StateDirectory> {
    const core = this.#core;
    const state = await openStateDirectory(dir, this.#platform);
    this.#state = state;
    if (!state.persistent)
      core.say("config", "no state directory: everything is in memory and ends with this program", "warn");
    else {
      core.say("config", `state directory ${state.dir}`);
      if (this.#options.logSink === undefined) {
        core.output.useSink(() => this.#platform.openLogSink({ folder: `${state.dir}/logs` }));
      }
    }
    if (state.tooOpen) core.say("config", `${state.dir} may be entered by other users: chmod 700`, "warn");
    const { takenFrom } = state.lock ?? {};
    if (takenFrom !== undefined)
      core.say("config", `took over the lock of process ${takenFrom}, which is gone`, "warn");
    return state;
  }

  #assemble(
    plan: FeaturePlan<Feature>,
    config: LoadedConfig,
    state: StateDirectory,
    fallback: (AuditLog & AuditReader & MemoryAudit) | undefined,
  ): RunningKernel {
    const core = this.#core;
    const platform = this.#platform;
    const environment = this.#options.environment ?? config.kernel.environment;
    core.say("config", `environment ${environment}`);
    const catalogue = catalogueOf(plan.order);
    const cells = new PortCells();
    // Asked at each event: who owns the directory is known once governance has read it, before it has started.
    const authorities = {
      owner: () => cells.peek(principals)?.owner()?.name,
      starter: (pid: number) => cells.peek(processDirectory)?.find(pid as Pid)?.principal,
    };
    const behalf = (log: AuditLog): AuditLog => auditOnBehalf(log, authorities);
    cells.through(auditLog, behalf);
    const auditProvider = providerOf(plan.order, auditLog.name);
    const logger = core.voice("kernel");
    const guard = new KernelGuard({
      catalogue,
      cells,
      clock: core.clock,
      logger,
      fallbackAudit: fallback === undefined ? undefined : behalf(fallback),
      auditProvider: auditProvider ?? "kernel",
    });
    const runner = new ActionRunner({ guard, catalogue, cells, logger, signal: core.stopping });
    declareHostActions(runner, catalogue, this.#options.actions ?? []);
    const methods = new KernelMethodTable(
      () => core.state,
      (method, caller) => guard.refusedByRole(method, caller),
    );
    const services = new ServiceRegistry(core.clock, (entry) => recordEnd(entry, cells.running(auditLog), logger));
    cells.add(
      "kernel",
      [
        { port: approvedRunner, value: runner },
        { port: methodTable, value: methods },
        { port: serviceDirectory, value: services },
        { port: resourceSources, value: serviceResources },
        ...(fallback === undefined
          ? []
          : [
              { port: auditLog, value: fallback },
              { port: auditReader, value: fallback },
            ]),
      ],
      true,
    );
    const kernel = new RunningKernel({
      core,
      environment,
      dir: state.persistent ? state.dir : undefined,
      cells,
      guard,
      runner,
      methods,
      services: guardedServices(services, guard),
      memoryAudit: fallback,
      auditProvider,
      lock: state.lock,
      stopTimeoutMs: config.kernel.stopTimeoutMs,
    });
    methods.add("kernel", () =>
      kernelMethods({
        kernel,
        guard,
        hostProcessId: platform.host.processId,
        persistent: state.persistent,
        failure: () => cells.running(auditLog)?.failure,
        processes: () => countLive(cells),
        features: () => plan.order.map((feature) => ({ name: feature.name, package: feature.package })),
        stopSoon: () => kernel.stopSoon(),
      }),
    );
    this.#create(kernel, plan, { cells, guard, catalogue, config, state, environment, methods });
    return kernel;
  }

  #create(
    kernel: RunningKernel,
    plan: FeaturePlan<Feature>,
    parts: {
      readonly cells: PortCells;
      readonly guard: KernelGuard;
      readonly catalogue: ActionCatalogue;
      readonly config: LoadedConfig;
      readonly state: StateDirectory;
      readonly environment: string;
      readonly methods: KernelMethodTable;
    },
  ): void {
    const core = this.#core;
    const { cells, guard, catalogue, config, state, environment, methods } = parts;
    const { clock, random } = this.#platform;
    const timer = core.timer.step("create");
    for (const feature of plan.order) {
      const context = featureContext(feature, {
        clock,
        random,
        platform: this.#platform,
        files: state.files,
        dir: state.dir,
        persistent: state.persistent,
        environment,
        guard,
        catalogue,
        signal: core.stopping,
        cells,
        sections: config.sections,
        configSource: (section) => config.source(section),
        voiceOf: (name) => core.voice(name),
        loggerOf: (name) => core.output.logger(name),
        report: (event) => core.report(event),
      });
      try {
        const instance = feature.create(context);
        checkProvisions(feature, instance.provisions);
        cells.add(feature.name, instance.provisions, false);
        methods.add(feature.name, () => instance.methods);
        kernel.addFeature(feature.name, instance);
      } catch (error) {
        throw startError(feature.name, error, [], 0, "create");
      }
    }
    timer.end();
  }

  async #start(kernel: RunningKernel, plan: FeaturePlan<Feature>, config: LoadedConfig): Promise<void> {
    const core = this.#core;
    await core.timer.time("start", (steps) =>
      startFeatures(kernel.live, plan.after, {
        clock: core.clock,
        logger: core.voice("kernel"),
        timeoutMs: this.#options.startTimeoutMs ?? config.kernel.startTimeoutMs,
        stopTimeoutMs: config.kernel.stopTimeoutMs,
        steps,
        onStarted: (name) => kernel.featureStarted(name),
        onStopping: (name) => kernel.beforeStop(name),
      }),
    );
    const { signals, surviveUnhandled, takeUpWork = true } = this.#options;
    kernel.finishBoot(
      {
        signals: signals === true ? onHostSignals(() => kernel.shutdown()) : undefined,
        unhandled: surviveUnhandled === true ? onHostUnhandled((what) => core.say("ready", what, "error")) : undefined,
      },
      plan.order.flatMap((feature) => missingPorts(feature, plan.order)),
      takeUpWork,
    );
  }

  async #memoryAudit(): Promise<AuditLog & AuditReader & MemoryAudit> {
    const { clock } = this.#platform;
    const { shake256 } = await import("@weftos/crypto");
    return memoryAudit({ now: () => clock.now(), hash: (data) => shake256(data) });
  }
}
