/** A whole kernel for a test: in memory, its time moved by hand, its chance from a seed. */
import type { Feature } from "@weftos/interface";
import { type BootOptions, Kernel } from "weftos";
import type { ManualClock } from "../manual-clock.ts";
import { memoryPlatform, type TestPlatform } from "../memory-platform.ts";

/** Options of {@link testKernel}: those of `Kernel.boot`, and what makes it repeatable. */
export interface TestKernelInit<Features extends readonly Feature[]> extends Omit<BootOptions<Features>, "platform"> {
  /** Seeds the randomness. @defaultValue 1 */
  readonly seed?: number | undefined;
  /** A platform to go on with, such as one after a crash. @defaultValue a fresh one in memory */
  readonly platform?: TestPlatform | undefined;
}

/** A kernel under test, and what moves it. */
export interface TestKernel<Features extends readonly Feature[]> {
  readonly kernel: Kernel<Features>;
  readonly clock: ManualClock;
  readonly platform: TestPlatform;
}

/**
 * Boots a kernel with the default features and those given.
 *
 * @throws as `Kernel.boot`
 * @example
 * ```ts no-run
 * const { kernel, clock } = await testKernel({ seed: 7, features: [lamp()] });
 * ```
 */
export async function testKernel<const Features extends readonly Feature[] = readonly []>(
  init: TestKernelInit<Features> = {},
): Promise<TestKernel<Features>> {
  const { seed, platform = memoryPlatform({ seed }), ...options } = init;
  const kernel = await Kernel.boot<Features>({ ...options, platform });
  return { kernel, clock: platform.clock, platform };
}
