/** The schema of policy files, published for editors and for checks elsewhere. */
import type { JsonObject } from "@weftos/interface";
import { toJsonSchema } from "@weftos/schema";
import { policyFileSchema } from "./rule-schema.ts";

/**
 * Writes the JSON Schema (2020-12) of a policy file, keys as TOML files have them. It says less than `loadPolicy` checks, such as
 * that ids differ.
 */
export function policyJsonSchema(): Promise<JsonObject> {
  return toJsonSchema(policyFileSchema, { form: "file" });
}
