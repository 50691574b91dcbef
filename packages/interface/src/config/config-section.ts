import type { Schema } from "../schema/schema.ts";

/** The part of `weave.toml` that a feature owns: `[<feature name>]`. */
export interface ConfigSection<Config> {
  /** Fills defaults and refuses unknown keys. A zod schema, so that a JSON Schema can be published from it. */
  readonly schema: Schema<unknown, Config>;
}
