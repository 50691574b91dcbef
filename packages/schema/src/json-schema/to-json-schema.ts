/**
 * Writes zod schemas as JSON Schema (draft 2020-12), for editors, API descriptions and tool listings. The writer is
 * loaded on the first call.
 */
import type { JsonObject } from "@weftos/interface";
import type { core } from "zod/mini";
import { toSnakeCase } from "../document/key-spelling.ts";

/** How a schema is written. */
export interface JsonSchemaOptions {
  /**
   * `"value"`: what a program passes in, keys as the schema has them. `"file"`: what `validateDocument` accepts of a
   * TOML file: keys in snake_case, unknown keys refused.
   * @defaultValue "value"
   */
  readonly form?: "value" | "file" | undefined;
}

/**
 * Writes the input side of a zod schema as JSON Schema. What JSON cannot say (a transform, a `Uint8Array`) becomes the
 * schema that accepts anything.
 *
 * @example
 * ```ts no-run
 * await toJsonSchema(z.object({ maxProcesses: z.int() }), { form: "file" });
 * ```
 */
export async function toJsonSchema(schema: core.$ZodType, options: JsonSchemaOptions = {}): Promise<JsonObject> {
  const { writeJsonSchema } = await import("./write-json-schema.ts");
  return writeJsonSchema(schema, options.form === "file" ? toSnakeCase : undefined);
}
