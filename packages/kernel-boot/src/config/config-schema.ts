/** The schema of a kernel's whole configuration: its own section and one of each feature. */
import type { Feature, JsonObject } from "@weftos/interface";
import { toJsonSchema, z } from "@weftos/schema";
import { KernelFeatureError } from "../kernel/kernel-errors.ts";
import { kernelSection } from "./kernel-section.ts";

type ConfigSchema = z.ZodMiniObject<Record<string, z.ZodMiniType>>;

/** Joins the sections; one that is absent is checked as an empty table, so that its defaults fill it. */
export function configSchema(features: readonly Feature[]): ConfigSchema {
  const shape: Record<string, z.ZodMiniType> = { kernel: z.prefault(kernelSection, {}) };
  for (const feature of features) {
    const schema: unknown = feature.config?.schema;
    if (schema === undefined) continue;
    if (!isZod(schema)) {
      throw new KernelFeatureError(`expected the config section of ${feature.name} to have a zod schema`, {
        details: { feature: feature.name },
      });
    }
    shape[feature.name] = z.prefault(schema, {});
  }
  return z.strictObject(shape);
}

/**
 * Writes the JSON Schema (2020-12) of `weave.toml` for a list of features: for editors and for checks elsewhere.
 *
 * @param features - the features of the kernel, defaults included
 */
export function kernelConfigSchema(features: readonly Feature[]): Promise<JsonObject> {
  return toJsonSchema(configSchema(features), { form: "file" });
}

// Every schema of zod 4, of any copy and of zod/mini, carries its core under this name.
function isZod(schema: unknown): schema is z.ZodMiniType {
  return typeof schema === "object" && schema !== null && "_zod" in schema;
}
