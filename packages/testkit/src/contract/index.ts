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
export { type AppendLogCase, appendLogContract } from "./append-log-contract.ts";
export { type ClockCase, clockContract } from "./clock-contract.ts";
export { type FilesCase, filesContract } from "./files-contract.ts";
export { type LogSinkCase, logSinkContract } from "./log-sink-contract.ts";
export { type RandomCase, randomContract } from "./random-contract.ts";
