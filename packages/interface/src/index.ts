/**
 * The words of WeftOS: types and ports that two packages share, the feature contract, `WeftError` and `guarded()`.
 * No I/O and no dependency.
 *
 * @example
 * ```ts
 * import { defineAgent, isWeftError } from "@weftos/interface";
 *
 * const echo = defineAgent({
 *   name: "echo",
 *   async run(agent) {
 *     for await (const message of agent.inbox) await agent.reply(message, message.payload);
 *   },
 * });
 * console.log(echo.name, isWeftError(new Error("plain")));
 * ```
 *
 * @packageDocumentation
 */
export * from "./action/action.ts";
export { recordRefusal } from "./action/admission.ts";
export * from "./action/define-action.ts";
export * from "./action/defined-actions.ts";
export * from "./action/effect.ts";
export * from "./action/guard.ts";
export * from "./action/guard-ports.ts";
export * from "./action/guarded.ts";
export * from "./action/guarded-sync.ts";
export * from "./action/refusals.ts";
export * from "./agent/agent-context.ts";
export * from "./agent/agent-state.ts";
export * from "./agent/define-agent.ts";
export * from "./agent/spawn.ts";
export * from "./agent/supervise.ts";
export * from "./audit/audit-log.ts";
export * from "./audit/audit-reader.ts";
export * from "./audit/kept-events.ts";
export * from "./budget/agent-budget.ts";
export * from "./budget/budget-amounts.ts";
export * from "./budget/budget-ledger.ts";
export * from "./config/config-section.ts";
export * from "./config/config-source.ts";
export * from "./error/weft-error.ts";
export * from "./feature/events.ts";
export * from "./feature/feature.ts";
export * from "./feature/feature-context.ts";
export * from "./feature/port.ts";
export * from "./gate/approvals.ts";
export * from "./gate/approved-runner.ts";
export * from "./gate/capability-check.ts";
export * from "./gate/decision.ts";
export * from "./gate/gate.ts";
export * from "./identity/ids.ts";
export * from "./identity/principals.ts";
export * from "./identity/subject.ts";
export * from "./ipc/message.ts";
export * from "./ipc/message-router.ts";
export * from "./ipc/remote-transport.ts";
export * from "./ipc/service-directory.ts";
export * from "./kernel/environment-in-force.ts";
export * from "./kernel/kernel-event.ts";
export * from "./method/method.ts";
export * from "./method/method-table.ts";
export * from "./platform/append-log.ts";
export * from "./platform/clock.ts";
export * from "./platform/files.ts";
export * from "./platform/host.ts";
export * from "./platform/logger.ts";
export * from "./platform/platform.ts";
export * from "./platform/random.ts";
export * from "./process/agency.ts";
export * from "./process/capabilities.ts";
export * from "./process/capability-request.ts";
export * from "./process/elevation.ts";
export * from "./process/pid-pages.ts";
export * from "./process/process-control.ts";
export * from "./process/process-directory.ts";
export * from "./process/process-notice.ts";
export * from "./process/resource-limits.ts";
export * from "./process/spawn-backend.ts";
export * from "./resource/resource-source.ts";
export * from "./schema/json-value.ts";
export * from "./schema/schema.ts";
export * from "./tool/tool-runner.ts";
