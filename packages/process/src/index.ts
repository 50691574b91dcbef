/**
 * K1 of WeftOS: the process table, supervision that starts crashed agents again, capabilities, and the spawn backends
 * `inline`, `worker` and `process`.
 *
 * @example
 * ```ts
 * import { defineAgent, Kernel } from "weftos";
 *
 * const kernel = await Kernel.boot();
 * const greeter = defineAgent({
 *   name: "greeter",
 *   async run(agent) {
 *     agent.log.info("started", { parent: agent.parent });
 *   },
 * });
 * const handle = await kernel.process.spawn(greeter);
 * console.log(handle.pid, (await handle.exited).kind);
 * await kernel.shutdown();
 * ```
 *
 * @packageDocumentation
 */
export {
  AgencyNotAllowedError,
  AgentLoadFailedError,
  AgentNotAModuleError,
  AgentStateFullError,
  AgentStateInvalidError,
  BackendNotAllowedError,
  BackendNotAvailableError,
  BudgetExhaustedError,
  BudgetJournalInvalidError,
  BudgetUnknownError,
  CapabilityInvalidError,
  LimitNotEnforceableError,
  PidJournalInvalidError,
  ProcessInputInvalidError,
  ProcessJournalInvalidError,
  ProcessLimitError,
  ProcessLinksFullError,
  ProcessNotAcceptingError,
  ProcessNotFoundError,
  ProcessProtectedError,
  ProcessQuotaError,
  ProcessRestartsExhaustedError,
  ProcessStateError,
  ProcessStoppedError,
  ProcessTableFullError,
  RootLeadsOutError,
} from "./process-errors.ts";
export { type ProcessInit, process } from "./process-feature.ts";
export type {
  BackendInfo,
  Budgets,
  ProcessEvents,
  Processes,
  StopOptions,
} from "./processes.ts";
