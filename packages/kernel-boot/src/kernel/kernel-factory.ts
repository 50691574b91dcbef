/** Makes a `Kernel` value: `boot` with a preset of default features, typed so that a feature that is absent is a compile error. */
import type { ApisOf, Feature } from "@weftos/interface";
import { bootKernel } from "./boot-kernel.ts";
import type { Kernel as BootedKernel, BootOptions } from "./kernel.ts";

/**
 * The APIs of the defaults, those replaced by a given feature of the same name left to it. Of a list whose names are not
 * known when it is compiled, only the defaults count.
 */
export type KernelApis<
  Defaults extends readonly Feature[],
  Given extends readonly Feature[],
> = string extends Given[number]["name"]
  ? ApisOf<Defaults>
  : ApisOf<Given> & Omit<ApisOf<Defaults>, Given[number]["name"]>;

/** A kernel with the APIs of its features. */
export type KernelWith<
  Defaults extends readonly Feature[],
  Given extends readonly Feature[] = readonly [],
> = BootedKernel & KernelApis<Defaults, Given>;

/** What boots kernels. */
export interface KernelFactory<Defaults extends readonly Feature[]> {
  /**
   * Boots a kernel. Reads no file and no environment unless `config` is given; without `dir` everything is in memory.
   *
   * @throws `KERNEL_OPTION_INVALID`, `KERNEL_FEATURE_INVALID`, `KERNEL_ACTION_INVALID`, `KERNEL_ACTION_CONFLICT`, `PORT_GAP`,
   *   `PORT_CYCLE`, `PORT_CONFLICT`, `CONFIG_*`, `KERNEL_LOCKED`, `KERNEL_DIRECTORY`, `KERNEL_START_FAILED`,
   *   `KERNEL_START_TIMEOUT`, `KERNEL_LOG_LEVELS`
   */
  boot<const Given extends readonly Feature[] = readonly []>(
    options?: BootOptions<Given>,
  ): Promise<KernelWith<Defaults, Given>>;
}

/**
 * Makes a `Kernel` with default features.
 *
 * @param defaults - makes the default features, anew for each boot
 *
 * @example
 * ```ts no-run
 * export const Kernel = createKernelFactory(() => [exochain(), governance(), process(), ipc(), tools()]);
 * ```
 */
export function createKernelFactory<const Defaults extends readonly Feature[]>(
  defaults: () => Defaults,
): KernelFactory<Defaults> {
  return {
    boot: async <const Given extends readonly Feature[]>(options: BootOptions<Given> = {}) => {
      // The properties are those of the features: `addFeature` defines one for each name.
      return (await bootKernel(defaults(), options)) as unknown as KernelWith<Defaults, Given>;
    },
  };
}

/** Boots kernels of exactly the features given. The package `weftos` has one with defaults. */
export const Kernel: KernelFactory<readonly []> = createKernelFactory(() => []);
export type Kernel = BootedKernel;
