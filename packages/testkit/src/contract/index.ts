/**
 * The contract suites of WeftOS's ports: each declares vitest tests for one implementation. Call it in a test file.
 *
 * @packageDocumentation
 * @example
 * ```ts no-run
 * import { clockContract } from "@weftos/testkit/contract";
 * import { manualClock } from "@weftos/testkit";
 *
 * clockContract("manualClock", {
 *   async create() {
 *     const clock = manualClock();
 *     return { clock, pass: (ms) => clock.advance(ms), dispose: async () => {} };
 *   },
 * });
 * ```
 */
export { type IsolatedContext, type IsolatedInit, isolatedContext, type LoggedLine } from "./agent-context-fake.ts";
export { type AppendLogCase, appendLogContract } from "./append-log-contract.ts";
export { type ApprovalsCase, approvalsContract } from "./approvals-contract.ts";
export { type AuditLogCase, auditLogContract, type RecordedEvent } from "./audit-log-contract.ts";
export { type AuditReaderCase, auditReaderContract } from "./audit-reader-contract.ts";
export { type BudgetLedgerCase, budgetFaults, budgetLedgerContract } from "./budget-ledger-contract.ts";
export { type CapabilityCheckCase, capabilityCheckContract } from "./capability-check-contract.ts";
export { type ClockCase, clockContract } from "./clock-contract.ts";
export { type FilesCase, filesContract } from "./files-contract.ts";
export { type GateCase, type GateQuestion, gateContract } from "./gate-contract.ts";
export { type LogSinkCase, logSinkContract } from "./log-sink-contract.ts";
export { type LoggerCase, loggerContract } from "./logger-contract.ts";
export { type MessageRouterCase, messageRouterContract } from "./message-router-contract.ts";
export { type PrincipalsCase, principalsContract } from "./principals-contract.ts";
export { type ProcessDirectoryCase, processDirectoryContract } from "./process-directory-contract.ts";
export { type RandomCase, randomContract } from "./random-contract.ts";
export { type RemoteTransportCase, remoteTransportContract } from "./remote-transport-contract.ts";
export { type ServiceDirectoryCase, serviceDirectoryContract } from "./service-directory-contract.ts";
export { type SpawnBackendCase, spawnBackendContract } from "./spawn-backend-contract.ts";
export { type ToolRunnerCase, toolRunnerContract } from "./tool-runner-contract.ts";
