/**
 * K0 of WeftOS: the `Kernel`, its feature graph, states, boot log, configuration and guard.
 *
 * @packageDocumentation
 *
 * @example
 * ```ts
 * import { Kernel } from "@weftos/kernel-boot";
 *
 * const kernel = await Kernel.boot();
 * console.log(kernel.state, kernel.logs.tail().length);
 * const report = await kernel.shutdown();
 * console.log(report.clean);
 * ```
 */
export { ActionInputError, ActionUnknownError } from "./action/action-errors.ts";
export type { PerformOptions } from "./action/action-runner.ts";
export type { AnyDefinedAction } from "./action/any-action.ts";
export { type GuardableTool, type GuardToolsOptions, guardTools } from "./action/guard-tools.ts";
export { ConfigUnreadableError, FeatureNotInstalledError } from "./config/config-errors.ts";
export { kernelConfigSchema } from "./config/config-schema.ts";
export type { ConfigSources } from "./config/load-config.ts";
export { ListenerLimitError } from "./event/event-hub.ts";
export {
  PortConflictError,
  PortCycleError,
  PortGapError,
  PortNotReadyError,
  PortUndeclaredError,
} from "./graph/port-errors.ts";
export { capabilityGate } from "./guard/capability-gate.ts";
export { ActionConflictError, ActionInvalidError } from "./guard/catalogue.ts";
export { ApprovalUnavailableError } from "./guard/closed-ports.ts";
export { compositeGate } from "./guard/composite-gate.ts";
export type { MemoryAudit, MemoryAuditEvent } from "./guard/memory-audit.ts";
export type { BootOptions, KernelEvents, ShutdownReport } from "./kernel/kernel.ts";
export {
  KernelFeatureError,
  KernelOptionError,
  KernelStartFailedError,
  KernelStartTimeoutError,
  KernelStateError,
  type StartFailure,
  type StopResult,
} from "./kernel/kernel-errors.ts";
export {
  createKernelFactory,
  Kernel,
  type KernelApis,
  type KernelFactory,
  type KernelWith,
} from "./kernel/kernel-factory.ts";
export { kernelActions, kernelEventKinds } from "./kernel/kernel-feature.ts";
export { bannerText, bootLine, bootLogText } from "./log/boot-log.ts";
export { type BootStep, renderBootTree } from "./log/boot-tree.ts";
export type { EventFilter } from "./log/event-ring.ts";
export type { KernelLogs } from "./log/kernel-logs.ts";
export { LogLevelsError } from "./log/log-levels.ts";
export { MethodForbiddenError, MethodNotFoundError } from "./method/method-errors.ts";
export { type DirectoryLock, lockDirectory } from "./state/directory-lock.ts";
export { KernelDirectoryError, KernelLockedError } from "./state/state-errors.ts";
