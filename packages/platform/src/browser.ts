/**
 * The place a kernel runs in, for the browser: no import of this entry is Node's.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * import { browserPlatform } from "@weftos/platform/browser";
 *
 * const platform = browserPlatform();
 * console.log(platform.name, platform.random.uuidV7(platform.clock.now()));
 * ```
 */
export { browserPlatform } from "./browser/browser-platform.ts";
