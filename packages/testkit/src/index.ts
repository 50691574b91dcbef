/**
 * Fakes for tests of WeftOS: a clock moved by hand, randomness from a seed, files that fail and crash on demand.
 * The contract suites of the ports are in `@weftos/testkit/contract`.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * import { memoryPlatform } from "@weftos/testkit";
 *
 * const platform = memoryPlatform({ seed: 7 });
 * let rang = false;
 * platform.clock.schedule(60_000, () => {
 *   rang = true;
 * });
 * await platform.clock.advance(60_000); // a minute, at once
 * if (!rang) throw new Error("the timer was due");
 * ```
 */
export { allFiles, type FaultFiles, type FaultFilesInit, faultFiles } from "./fault-files.ts";
export { type ManualClock, type ManualClockInit, manualClock } from "./manual-clock.ts";
export { memoryPlatform, type TestPlatform, type TestPlatformInit } from "./memory-platform.ts";
export { seededRandom } from "./seeded-random.ts";
