/** What a booted kernel is to its host, and what it is booted with. */
import type {
  DecisionCounts,
  DefinedAction,
  EventSource,
  Feature,
  KernelEvent,
  KernelState,
  LogSink,
  MethodTable,
  Platform,
} from "@weftos/interface";
import type { PerformOptions } from "../action/action-runner.ts";
import type { AnyDefinedAction } from "../action/any-action.ts";
import type { ConfigSources } from "../config/load-config.ts";
import type { MemoryAudit } from "../guard/memory-audit.ts";
import type { BootStep } from "../log/boot-tree.ts";
import type { KernelLogs } from "../log/kernel-logs.ts";
import type { KernelServices } from "../service/kernel-services.ts";
import type { StopResult } from "./kernel-errors.ts";

/** In-process events of the kernel. */
export type KernelEvents = {
  /** The kernel went from one state to the next. */
  readonly "kernel:state-changed": { readonly from: KernelState; readonly to: KernelState; readonly time: number };
  /** A line of the boot log or the event ring. */
  readonly "kernel:event-logged": KernelEvent;
};

/** What a shutdown did. */
export interface ShutdownReport {
  /** Whether every feature stopped by itself and in time. */
  readonly clean: boolean;
  readonly ms: number;
  /** In the order of the stops. */
  readonly features: readonly StopResult[];
}

/** A booted kernel. The APIs of its features are properties beside these. */
export interface Kernel {
  readonly state: KernelState;
  readonly version: string;
  /** Name of the environment in force: the configured one, or another that was switched to. */
  readonly environment: string;
  /** Absolute path of the state directory; undefined when all is in memory. */
  readonly dir: string | undefined;
  /** Milliseconds since the boot began. */
  readonly uptimeMs: number;
  readonly events: EventSource<KernelEvents>;
  readonly logs: KernelLogs;
  /** How long each step of the boot took; see `renderBootTree`. */
  readonly bootTree: BootStep;
  readonly methods: MethodTable;
  /** Services by name, which messages find. */
  readonly services: KernelServices;
  /** The audit ring in memory; undefined when a feature provides the audit log. */
  readonly memoryAudit: MemoryAudit | undefined;
  /** How many decisions of each kind the guard made. */
  readonly decisions: DecisionCounts;
  /** Names of the features, in the order of their start. */
  readonly featureNames: readonly string[];
  /**
   * Runs a defined action under the guard.
   *
   * @throws `KERNEL_INPUT_INVALID`, `KERNEL_WRONG_STATE`, what the guard refuses with, and what the action throws
   */
  perform<Input, Output>(action: DefinedAction<Input, Output>, input: Input, options: PerformOptions): Promise<Output>;
  /**
   * Declares an action of the host after the boot. The same declaration again replaces its code.
   *
   * @throws `KERNEL_ACTION_INVALID`, `KERNEL_ACTION_CONFLICT`
   */
  declare(action: AnyDefinedAction): void;
  /**
   * Stops all features in reverse and gives the state directory free. A second call gives the first one's report.
   *
   * @param options - `timeoutMs`: longest stop of one feature, default 10 000
   */
  shutdown(options?: { readonly timeoutMs?: number | undefined }): Promise<ShutdownReport>;
  /** Shuts down: for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of `Kernel.boot`. */
export interface BootOptions<Features extends readonly Feature[] = readonly Feature[]> {
  /** State directory, made when absent and locked. @defaultValue none: everything is in memory */
  readonly dir?: string | undefined;
  /** Features beside the defaults; one that is named again replaces the default of its name. */
  readonly features?: Features | undefined;
  /** Actions of the host, made by `defineAction`. */
  readonly actions?: readonly AnyDefinedAction[] | undefined;
  /** @defaultValue Node's */
  readonly platform?: Platform | undefined;
  /** Reads `weave.toml` and the environment (`true`), or what it says. @defaultValue nothing is read */
  readonly config?: true | ConfigSources | undefined;
  /** Wins over the configuration. @defaultValue `development` */
  readonly environment?: string | undefined;
  /** Once it runs, shuts down on SIGINT and SIGTERM, and then lets the signal take its course. @defaultValue false */
  readonly signals?: boolean | undefined;
  /**
   * Whether a promise that fails unhandled anywhere in this program, such as in an inline agent, or an error that nobody can
   * catch, as in a timer, is an error in the kernel's log in place of the program's end. Like `signals`: for a program that is
   * the kernel's own. @defaultValue false
   */
  readonly surviveUnhandled?: boolean | undefined;
  /**
   * Whether the kernel takes up work by itself once it runs: jobs that are due, agents to start again, approved actions that
   * nobody waits for. False is for a kernel that lives for one call. @defaultValue true
   */
  readonly takeUpWork?: boolean | undefined;
  /** Longest start of one feature in milliseconds. @defaultValue 10 000 */
  readonly startTimeoutMs?: number | undefined;
  /** Log levels, `info` or `ipc=trace,process=debug`; they win over the configuration. @defaultValue `info` */
  readonly logLevels?: string | undefined;
  /** Takes log lines. @defaultValue files in the state directory's `logs`, or nothing without one; never the console */
  readonly logSink?: LogSink | undefined;
  /** Called with each line of the boot log and the event ring, from the first on. */
  readonly onEvent?: ((event: KernelEvent) => void) | undefined;
  /** Called with each change of state, also when the boot fails. */
  readonly onStateChanged?: ((change: KernelEvents["kernel:state-changed"]) => void) | undefined;
}
