/** The part of the JSON Schema writer that is loaded only when one is asked for. */
import type { JsonObject } from "@weftos/interface";
import { type core, toJSONSchema } from "zod/mini";

/** Writes a schema; with `spell`, keys are spelled by it and objects are closed. */
export function writeJsonSchema(schema: core.$ZodType, spell: ((key: string) => string) | undefined): JsonObject {
  const written = toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override({ jsonSchema, zodSchema }) {
      if (spell === undefined || jsonSchema.properties === undefined) return;
      jsonSchema.properties = Object.fromEntries(
        Object.entries(jsonSchema.properties).map(([key, inner]) => [spell(key), inner]),
      );
      if (jsonSchema.required !== undefined) jsonSchema.required = jsonSchema.required.map(spell);
      if (zodSchema._zod.def.type === "object" && zodSchema._zod.def.catchall === undefined) {
        jsonSchema.additionalProperties = false;
      }
    },
  });
  // The writer's result carries a hidden marker and typed extras; what is published is data alone.
  return JSON.parse(JSON.stringify(written));
}
