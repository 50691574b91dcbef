/**
 * The place a kernel runs in: clock, randomness, files, journals, log and host, for Node and in memory.
 * `@weftos/platform/browser` has the same for the browser.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * import { memoryPlatform } from "@weftos/platform";
 *
 * const platform = memoryPlatform(); // nodePlatform() works on the disk
 * const journal = await platform.openAppendLog(platform.files, "/journal");
 * await journal.append(new TextEncoder().encode("on disk when this resolves"));
 * for await (const record of journal.records()) console.log(new TextDecoder().decode(record));
 * await journal.close();
 * ```
 */
export { sleepBy } from "./clock/system-clock.ts";
export type { FileErrorCode } from "./memory/file-error.ts";
export type { CrashChoice, CrashRest } from "./memory/memory-crash.ts";
export {
  type FileFault,
  type FileStep,
  type MemoryFiles,
  type MemoryFilesOptions,
  memoryFiles,
} from "./memory/memory-files.ts";
export { type MemoryPlatformInit, memoryPlatform } from "./memory/memory-platform.ts";
export { nodePlatform } from "./node/node-platform.ts";
export { uuidV7Source } from "./random/uuid-v7.ts";
