/** Checks what `Kernel.boot` is given before anything is touched, and joins given features with the defaults. */
import type { Feature, WeftError } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import type { BootOptions } from "./kernel.ts";
import { KernelFeatureError, KernelOptionError } from "./kernel-errors.ts";

const FEATURE_NAME = /^[a-z][A-Za-z0-9]{0,63}$/;
const timeout = z.lazy(() => z.optional(z.int().check(z.minimum(1), z.maximum(3_600_000))));
const callback = z.optional(z.custom((value) => typeof value === "function", "expected a function"));
const objectLike = z.custom((value) => typeof value === "object" && value !== null, "expected an object");

const optionsSchema = z.lazy(() =>
  z.strictObject({
    dir: z.optional(z.string().check(z.minLength(1), z.maxLength(4096))),
    features: z.optional(z.array(objectLike)),
    actions: z.optional(z.array(objectLike)),
    platform: z.optional(objectLike),
    config: z.optional(
      z.union([
        z.literal(true),
        z.strictObject({
          file: z.optional(z.union([z.string().check(z.minLength(1), z.maxLength(4096)), z.literal(false)])),
          env: z.optional(z.boolean()),
          values: z.optional(z.record(z.string(), z.unknown())),
        }),
      ]),
    ),
    environment: z.optional(z.string().check(z.regex(/^[a-z][a-z0-9-]{0,31}$/))),
    signals: z.optional(z.boolean()),
    surviveUnhandled: z.optional(z.boolean()),
    takeUpWork: z.optional(z.boolean()),
    startTimeoutMs: timeout,
    logLevels: z.optional(z.string().check(z.maxLength(4096))),
    logSink: z.optional(objectLike),
    onEvent: callback,
    onStateChanged: callback,
  }),
);

/** @throws `KERNEL_OPTION_INVALID` */
export function checkOptions(options: BootOptions): void {
  const result = safeParse(optionsSchema, options, "the options of Kernel.boot");
  if (result.ok) return;
  const option = String(result.problem.issues[0]?.path[0] ?? "");
  throw new KernelOptionError(result.problem.message, { details: { option } });
}

/**
 * Joins features: one that is given again replaces the default of its name.
 *
 * @param reserved - names that are taken by the kernel itself
 * @throws `KERNEL_FEATURE_INVALID`
 */
export function joinFeatures(
  defaults: readonly Feature[],
  given: readonly Feature[],
  reserved: ReadonlySet<string>,
): readonly Feature[] {
  for (const feature of given) checkFeature(feature, reserved);
  const names = given.map((feature) => feature.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(twice, `the feature ${twice} is given twice`);
  return [...defaults.filter((feature) => !names.includes(feature.name)), ...given];
}

function checkFeature(feature: Feature, reserved: ReadonlySet<string>): void {
  const { name } = feature;
  if (typeof name !== "string" || !FEATURE_NAME.test(name)) {
    throw invalid(String(name), `expected a feature to have a name in camelCase, got ${JSON.stringify(name)}`);
  }
  if (reserved.has(name)) throw invalid(name, `the name ${name} is the kernel's own: no feature may have it`);
  const lists = [feature.provides, feature.needs, feature.uses, feature.actions, feature.events];
  if (typeof feature.create !== "function" || !lists.every(Array.isArray)) {
    throw invalid(name, `expected the feature ${name} to have create, provides, needs, uses, actions and events`);
  }
}

function invalid(feature: string, message: string): WeftError {
  return new KernelFeatureError(message, { details: { feature } });
}
