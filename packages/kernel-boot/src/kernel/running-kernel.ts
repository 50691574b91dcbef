/** A booted kernel: what its host holds, and how it ends. */
import {
  approvals,
  auditLog,
  type DecisionCounts,
  type DefinedAction,
  type EventSource,
  environmentInForce,
  type FeatureInstance,
  type JsonObject,
  type KernelState,
} from "@weftos/interface";
import type { ActionRunner, PerformOptions } from "../action/action-runner.ts";
import type { AnyDefinedAction } from "../action/any-action.ts";
import { type LiveFeature, stopFeatures } from "../graph/feature-life.ts";
import type { PortCells } from "../graph/port-cells.ts";
import type { KernelGuard } from "../guard/kernel-guard.ts";
import type { MemoryAudit } from "../guard/memory-audit.ts";
import type { BootStep } from "../log/boot-tree.ts";
import type { KernelLogs } from "../log/kernel-logs.ts";
import type { KernelMethodTable } from "../method/kernel-method-table.ts";
import type { KernelServices } from "../service/kernel-services.ts";
import type { DirectoryLock } from "../state/directory-lock.ts";
import { VERSION } from "../version.ts";
import type { Kernel, KernelEvents, ShutdownReport } from "./kernel.ts";
import type { KernelCore } from "./kernel-core.ts";
import { KernelOptionError, KernelStateError } from "./kernel-errors.ts";
import { weaknesses } from "./weaknesses.ts";

interface KernelParts {
  readonly core: KernelCore;
  /** The configured one. */
  readonly environment: string;
  readonly dir: string | undefined;
  readonly cells: PortCells;
  readonly guard: KernelGuard;
  readonly runner: ActionRunner;
  readonly methods: KernelMethodTable;
  readonly services: KernelServices;
  readonly memoryAudit: MemoryAudit | undefined;
  /** The feature that provides the audit log; undefined when the memory does. */
  readonly auditProvider: string | undefined;
  readonly lock: DirectoryLock | undefined;
  readonly stopTimeoutMs: number;
}

/** What takes the kernel's handlers off the host's process again: those of signals when the shutdown begins, the others at its end. */
export interface HostHandlers {
  readonly signals: (() => void) | undefined;
  readonly unhandled: (() => void) | undefined;
}

export class RunningKernel implements Kernel {
  readonly version = VERSION;
  readonly #parts: KernelParts;
  readonly #live: LiveFeature[] = [];
  #handlers: HostHandlers = { signals: undefined, unhandled: undefined };
  #shutdown: Promise<ShutdownReport> | undefined;

  constructor(parts: KernelParts) {
    this.#parts = parts;
  }

  get state(): KernelState {
    return this.#parts.core.state;
  }

  get environment(): string {
    const { cells, environment } = this.#parts;
    return cells.running(environmentInForce)?.name ?? environment;
  }

  get dir(): string | undefined {
    return this.#parts.dir;
  }

  get uptimeMs(): number {
    return this.#parts.core.uptimeMs;
  }

  get events(): EventSource<KernelEvents> {
    return this.#parts.core.events;
  }

  get logs(): KernelLogs {
    return this.#parts.core.logs;
  }

  get bootTree(): BootStep {
    return this.#parts.core.timer.root;
  }

  get methods(): KernelMethodTable {
    return this.#parts.methods;
  }

  get services(): KernelServices {
    return this.#parts.services;
  }

  get memoryAudit(): MemoryAudit | undefined {
    return this.#parts.memoryAudit;
  }

  get decisions(): DecisionCounts {
    return this.#parts.guard.counts();
  }

  get featureNames(): readonly string[] {
    return this.#live.map((feature) => feature.name);
  }

  /** The created features in their order; for the boot. */
  get live(): readonly LiveFeature[] {
    return this.#live;
  }

  async perform<Input, Output>(
    action: DefinedAction<Input, Output>,
    input: Input,
    options: PerformOptions,
  ): Promise<Output> {
    this.#mustRun();
    if (typeof action?.run !== "function" || typeof action.declaration?.name !== "string") {
      throw new KernelOptionError("expected an action made by defineAction", { details: { option: "action" } });
    }
    if (typeof options !== "object" || options === null) {
      throw new KernelOptionError("expected options with `as`: on whose behalf the action runs", {
        details: { option: "options" },
      });
    }
    return await this.#parts.runner.perform(action, input, options);
  }

  declare(action: AnyDefinedAction): void {
    this.#mustRun();
    this.#parts.runner.declare(action);
  }

  shutdown(options?: { readonly timeoutMs?: number | undefined }): Promise<ShutdownReport> {
    const timeoutMs = options?.timeoutMs;
    if (timeoutMs !== undefined && !(Number.isSafeInteger(timeoutMs) && timeoutMs > 0)) {
      return Promise.reject(
        new KernelOptionError(`expected timeoutMs to be a whole number of milliseconds above 0, got ${timeoutMs}`, {
          details: { option: "timeoutMs" },
        }),
      );
    }
    this.#shutdown ??= this.#stop(timeoutMs ?? this.#parts.stopTimeoutMs);
    return this.#shutdown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** Adds a created feature: its API becomes a property. For the boot. */
  addFeature(name: string, instance: FeatureInstance<unknown>): void {
    this.#live.push({ name, instance });
    Object.defineProperty(this, name, { value: instance.api, enumerable: true });
  }

  /** Called with each feature that started. For the boot. */
  featureStarted(name: string): void {
    this.#parts.cells.markReady(name);
    this.#parts.guard.refresh(false);
  }

  /** Called before each stop: what waits to be recorded is recorded while the audit log runs. */
  beforeStop(name: string): void {
    if (name === this.#parts.auditProvider) this.#parts.guard.flush();
  }

  /** Ends the boot. From now on the kernel runs. */
  finishBoot(handlers: HostHandlers, notes: readonly string[], takeUpWork: boolean): void {
    const { core, guard, runner, cells } = this.#parts;
    this.#handlers = handlers;
    guard.refresh(true);
    for (const note of notes) core.say("services", note, "debug");
    for (const warning of weaknesses(cells)) core.say("services", warning, "warn");
    this.#record("kernel.boot", { version: VERSION, environment: this.environment, features: this.featureNames });
    core.timer.end();
    const seconds = (core.uptimeMs / 1000).toFixed(1);
    core.say("ready", `boot complete in ${seconds} s: ${this.#live.length} features`);
    core.state = "running";
    core.output.start();
    if (!takeUpWork) return;
    for (const feature of this.#live) this.#takeUp(feature);
    if (cells.running(approvals) === undefined) return;
    runner
      .runApproved(({ id, request }, after) => {
        if (after.next === "awaits-resume")
          core.say("ready", `${request.action}, approved as ${id}, waits until its agent is resumed`);
        if (after.next !== "ran") return;
        const { outcome, error } = after;
        const how = outcome === "ok" ? "ran" : `failed with ${error}`;
        core.say("ready", `${request.action}, approved as ${id}, ${how}`, outcome === "ok" ? "info" : "warn");
      })
      .catch((error: unknown) => {
        core.say(
          "ready",
          `approved actions could not be run: ${error instanceof Error ? error.message : String(error)}`,
          "error",
        );
      });
  }

  /** Begins the shutdown in a moment: after the answer to whoever asked. */
  stopSoon(): void {
    this.#parts.core.clock.schedule(1, () => {
      this.shutdown().catch((error: unknown) =>
        this.#parts.core.say("ready", `shutdown failed: ${String(error)}`, "error"),
      );
    });
  }

  async #stop(timeoutMs: number): Promise<ShutdownReport> {
    const { core, guard, lock } = this.#parts;
    const began = core.clock.monotonic();
    core.state = "shutting-down";
    this.#handlers.signals?.();
    core.say("ready", "shutting down");
    this.#record("kernel.shutdown", { uptimeMs: core.uptimeMs, ...guard.counts() });
    core.beginStop();
    const features = await stopFeatures(this.#live, {
      clock: core.clock,
      logger: core.voice("kernel"),
      timeoutMs,
      onStopping: (name) => this.beforeStop(name),
    });
    guard.flush();
    await lock
      ?.release()
      .catch((error: unknown) => core.say("ready", `the lock could not be removed: ${String(error)}`, "error"));
    const report: ShutdownReport = {
      clean: features.every((feature) => feature.outcome === "stopped"),
      ms: Math.round(core.clock.monotonic() - began),
      features,
    };
    core.say("ready", `halted after ${report.ms} ms`);
    await core.output.close().catch(() => undefined);
    this.#handlers.unhandled?.();
    core.state = "halted";
    return report;
  }

  #takeUp({ name, instance }: LiveFeature): void {
    instance.ready?.().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      this.#parts.core.say("ready", `${name} could not take up its work: ${why}`, "error");
    });
  }

  #record(kind: string, payload: JsonObject): void {
    const { core, cells } = this.#parts;
    const failed = (error: unknown): void =>
      core.say(
        "ready",
        `${kind} could not be recorded: ${error instanceof Error ? error.message : String(error)}`,
        "error",
      );
    try {
      const log = cells.running(auditLog);
      log?.append({ source: "kernel", kind, actor: { pid: 0 }, payload }).durable.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #mustRun(): void {
    const actual = this.state;
    if (actual === "running") return;
    throw new KernelStateError(`expected a running kernel, this one is ${actual}`, {
      details: { expected: "running", actual },
      retryable: actual === "booting",
    });
  }
}

/**
 * Names that no feature may have, since its API becomes a property: what a kernel has already, as every object does, and what
 * makes a promise of it or is asked for when it is written as JSON.
 */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  "kernel",
  "version",
  "then",
  "toJSON",
  ...Object.getOwnPropertyNames(RunningKernel.prototype),
  ...Object.getOwnPropertyNames(Object.prototype),
]);
