/** What stands in a manifest, `<name>.agent.toml`: the module, and the options of spawn that make sense in a file. */
import type { Schema, SpawnOptions } from "@weftos/interface";
import { z } from "@weftos/schema";
import { spawnOptionFields } from "../spawn-options.ts";

export const manifestSchema = z.lazy(() => {
  const { signal: _, ...fields } = spawnOptionFields();
  return z.strictObject({
    /** A package's name, or a path from the manifest's folder. */
    module: z.string().check(z.minLength(1), z.maxLength(4096)),
    ...fields,
  });
}) as unknown as Schema<unknown, SpawnOptions & { readonly module: string }>;
